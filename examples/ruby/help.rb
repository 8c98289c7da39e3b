# frozen_string_literal: true

require 'fiddle/import'

# libhelp through Fiddle.  An architecture is a row, an array of genes.  Failures are
# Help::Errors.  Handles are freed when they are collected.
module Help
  INFEASIBLE = 10

  # What this file calls of help.h.
  module Native
    extend Fiddle::Importer
    dlload 'libhelp.so.1'
    typealias 'help_status', 'int'

    extern 'const char *help_version_string()'
    extern 'const char *help_last_error()'
    extern 'void help_buffer_free(void *buffer)'
    extern 'void help_space_free(void *space)'
    extern 'size_t help_space_width(void *space)'
    extern 'help_status help_space_sample(void *space, unsigned long long seed, void *archs,
                                          size_t n, size_t stride)'
    extern 'help_status help_arch_format(void *space, void *arch, void *out)'
    extern 'help_status help_load(const char *path, void *out)'
    extern 'void help_model_free(void *model)'
    extern 'help_status help_model_space(void *model, void *out)'
    extern 'size_t help_model_reference_count(void *model)'
    extern 'help_status help_model_references(void *model, void *archs, size_t stride)'
    extern 'help_status help_adapt(void *model, void *archs, size_t n, size_t stride,
                                   void *latency_ms, void *options, void *out)'
    extern 'void help_predictor_free(void *predictor)'
    extern 'help_status help_predict(void *predictor, void *archs, size_t n, size_t stride,
                                     void *latency_ms, void *std_ms)'
    extern 'help_status help_search(void *predictor, double limit_ms, void *accuracy, void *user,
                                    void *options, size_t top_k, void *archs, size_t stride,
                                    void *accuracies, void *latency_ms, void *count,
                                    void *report)'
  end

  # A call failed; status is its code.
  class Error < StandardError
    attr_reader :status

    def initialize(status)
      @status = status
      super(Native.help_last_error.to_s)
    end

    def self.check(status)
      raise new(status) unless status.zero?
    end
  end

  # An architecture that a search found.
  Found = Struct.new(:row, :accuracy, :milliseconds)

  def self.version = Native.help_version_string.to_s

  # The handle that the block has written to its argument, freed by the named function.
  def self.made(free)
    out = bytes(8)
    Error.check(yield(out))
    Fiddle::Pointer.new(out.unpack1('Q'), 0, Native[free])
  end

  # Memory for the library to write to.
  def self.bytes(size) = "\0".b * size

  def self.count(rows, width)
    bad = rows.find { |row| row.size != width }
    raise ArgumentError, "a row has #{width} genes, not #{bad.size}" if bad

    rows.size
  end

  # A search space.
  class Space
    attr_reader :width

    def initialize(raw)
      @raw = raw
      @width = Native.help_space_width(raw)
    end

    # n different rows.
    def sample(n, seed: 0)
      archs = Help.bytes(n * width * 4)
      Error.check(Native.help_space_sample(@raw, seed, archs, n, width))
      archs.unpack('l*').each_slice(width).to_a
    end

    # A row in the space's notation.
    def format(row)
      Help.count([row], width)
      buffer = Help.bytes(16)
      Error.check(Native.help_arch_format(@raw, row.pack('l*'), buffer))
      address, size = buffer.unpack('QQ')
      Fiddle::Pointer.new(address)[0, size].force_encoding(Encoding::UTF_8)
    ensure
      Native.help_buffer_free(buffer) if buffer
    end
  end

  # What has been learnt from many devices.
  class Model
    attr_reader :space

    def initialize(path)
      @raw = Help.made('help_model_free') { |out| Native.help_load(path, out) }
      @space = Space.new(Help.made('help_space_free') { |out| Native.help_model_space(@raw, out) })
    end

    # The rows to measure on a device.
    def references
      archs = Help.bytes(Native.help_model_reference_count(@raw) * space.width * 4)
      Error.check(Native.help_model_references(@raw, archs, space.width))
      archs.unpack('l*').each_slice(space.width).to_a
    end

    # A predictor of the device on which these rows take these milliseconds.
    def adapt(rows, milliseconds)
      n = Help.count(rows, space.width)
      raise ArgumentError, "#{milliseconds.size} latencies for #{n} rows" if milliseconds.size != n

      raw = Help.made('help_predictor_free') do |out|
        Native.help_adapt(@raw, rows.flatten.pack('l*'), n, space.width, milliseconds.pack('d*'),
                          nil, out)
      end
      Predictor.new(raw, space.width)
    end
  end

  # Latency of every architecture on one device.
  class Predictor
    def initialize(raw, width)
      @raw = raw
      @width = width
    end

    # Milliseconds of each row.
    def predict(rows)
      n = Help.count(rows, @width)
      ms = Help.bytes(n * 8)
      Error.check(Native.help_predict(@raw, rows.flatten.pack('l*'), n, @width, ms, nil))
      ms.unpack('d*')
    end

    # The top_k most accurate architectures within limit milliseconds, best first.  The block
    # gives a row's accuracy; what it raises ends the search and is raised here.
    def search(limit, top_k: 10, &accuracy)
      scorer = Scorer.new(@width, accuracy)
      archs = Help.bytes(top_k * @width * 4)
      accuracies = Help.bytes(top_k * 8)
      ms = Help.bytes(top_k * 8)
      count = Help.bytes(8)
      status = Native.help_search(@raw, limit, scorer.callback, nil, nil, top_k, archs, @width,
                                  accuracies, ms, count, nil)
      raise scorer.raised if scorer.raised

      Error.check(status)
      rows = archs.unpack('l*').each_slice(@width)
      rows.zip(accuracies.unpack('d*'), ms.unpack('d*')).first(count.unpack1('Q')).map { Found.new(*_1) }
    end
  end

  # An accuracy callback; nothing may unwind into the library.
  class Scorer
    TYPES = [Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T, Fiddle::TYPE_SIZE_T,
             Fiddle::TYPE_VOIDP].freeze

    attr_reader :callback, :raised

    def initialize(width, accuracy)
      @width = width
      @accuracy = accuracy
      @callback = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, TYPES) do |_, archs, n, stride, out|
        score(archs, n, stride, out)
        0
      rescue Exception => e # rubocop:disable Lint/RescueException
        @raised = e
        -1
      end
    end

    private

    def score(archs, n, stride, out)
      rows = Array.new(n) { |i| archs[i * stride * 4, @width * 4].unpack('l*') }
      out[0, n * 8] = rows.map { |row| Float(@accuracy.call(row)) }.pack('d*')
    end
  end
end
