# frozen_string_literal: true

# Load, adapt, predict, search, and what can fail:  ruby latency.rb MODEL
require_relative 'help'

# Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
MEASURED = [
  8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
  25.596895, 24.430082, 57.129456, 10.544924, 98.88752
].freeze
# A stand-in for an accuracy predictor: what each operation contributes.
WORTH = [0, 0.25, 0.5, 1, 0.125].freeze

def accuracy(row) = row.sum { |gene| WORTH[gene] }

puts Help.version
model = Help::Model.new(ARGV.fetch(0))
device = model.adapt(model.references, MEASURED)

latency = device.predict(model.space.sample(1000, seed: 1))
puts "#{latency.count { |ms| ms <= 20 }} of 1000 networks take at most 20 ms"

device.search(20, top_k: 3) { |row| accuracy(row) }.each do |found|
  puts format('%<ms>.2f ms, accuracy %<accuracy>.3f: %<text>s',
              ms: found.milliseconds, accuracy: found.accuracy, text: model.space.format(found.row))
end

begin
  device.search(0.5) { |row| accuracy(row) }
rescue Help::Error => e
  raise unless e.status == Help::INFEASIBLE

  puts "infeasible: #{e}"
end

begin
  device.search(20) { raise IOError, 'the accuracy service is down' }
rescue IOError => e
  puts "the callback failed: #{e}"
end
