import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * libhelp through the foreign function and memory API (Java 22 or later, no JNI).
 *
 * <p>An architecture is a row of genes, {@link Space#width} of them; rows lie one after another
 * in an array. Handles are closed; failures are {@link HelpException}s.
 */
final class Help {
  static final int INFEASIBLE = 10;

  private static final MemorySegment NULL = MemorySegment.NULL;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY =
      SymbolLookup.libraryLookup("libhelp.so.1", Arena.global());

  private static final FunctionDescriptor ACCURACY =
      FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);

  private static final MethodHandle VERSION = function("help_version_string", ADDRESS);
  private static final MethodHandle LAST_ERROR = function("help_last_error", ADDRESS);
  private static final MethodHandle BUFFER_FREE = free("help_buffer_free");
  private static final MethodHandle LOAD = function("help_load", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle MODEL_FREE = free("help_model_free");
  private static final MethodHandle MODEL_SPACE =
      function("help_model_space", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle REFERENCE_COUNT =
      function("help_model_reference_count", JAVA_LONG, ADDRESS);
  private static final MethodHandle REFERENCES =
      function("help_model_references", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle SPACE_FREE = free("help_space_free");
  private static final MethodHandle WIDTH = function("help_space_width", JAVA_LONG, ADDRESS);
  private static final MethodHandle SAMPLE =
      function("help_space_sample", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FORMAT =
      function("help_arch_format", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle ADAPT =
      function(
          "help_adapt",
          JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle PREDICTOR_FREE = free("help_predictor_free");
  private static final MethodHandle PREDICT =
      function(
          "help_predict", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle SEARCH =
      function(
          "help_search",
          JAVA_INT, ADDRESS, JAVA_DOUBLE, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS,
          JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private Help() {}

  /** A call failed; {@link #status} is its code. */
  static final class HelpException extends RuntimeException {
    final int status;

    HelpException(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  /** An architecture that a search found. */
  record Found(int[] row, double accuracy, double latencyMs) {}

  static String version() {
    return text(call(() -> (MemorySegment) VERSION.invokeExact()));
  }

  /** What has been learnt from many devices. */
  static final class Model implements AutoCloseable {
    private final MemorySegment raw;

    Model(String path) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment name = arena.allocateFrom(path);
        raw = made(arena, out -> (int) LOAD.invokeExact(name, out));
      }
    }

    Space space() {
      try (Arena arena = Arena.ofConfined()) {
        return new Space(made(arena, out -> (int) MODEL_SPACE.invokeExact(raw, out)));
      }
    }

    /** The rows to measure on a device. */
    int[] references() {
      try (Arena arena = Arena.ofConfined();
          Space space = space()) {
        long n = call(() -> (long) REFERENCE_COUNT.invokeExact(raw));
        MemorySegment rows = arena.allocate(JAVA_INT, n * space.width);
        check(() -> (int) REFERENCES.invokeExact(raw, rows, space.width));
        return rows.toArray(JAVA_INT);
      }
    }

    /** A predictor of the device on which these rows take {@code latencyMs}. */
    Predictor adapt(int[] rows, double[] latencyMs) {
      try (Arena arena = Arena.ofConfined();
          Space space = space()) {
        long n = space.count(rows);
        if (latencyMs.length != n) {
          throw new IllegalArgumentException(latencyMs.length + " latencies for " + n + " rows");
        }
        MemorySegment archs = arena.allocateFrom(JAVA_INT, rows);
        MemorySegment ms = arena.allocateFrom(JAVA_DOUBLE, latencyMs);
        return new Predictor(
            made(arena, out -> (int) ADAPT.invokeExact(raw, archs, n, space.width, ms, NULL, out)),
            space.width);
      }
    }

    @Override
    public void close() {
      free(MODEL_FREE, raw);
    }
  }

  /** A search space. */
  static final class Space implements AutoCloseable {
    private final MemorySegment raw;

    /** Number of genes in a row. */
    final long width;

    private Space(MemorySegment raw) {
      this.raw = raw;
      width = call(() -> (long) WIDTH.invokeExact(raw));
    }

    /** Draws {@code n} different rows. */
    int[] sample(long n, long seed) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment rows = arena.allocate(JAVA_INT, n * width);
        check(() -> (int) SAMPLE.invokeExact(raw, seed, rows, n, width));
        return rows.toArray(JAVA_INT);
      }
    }

    /** A row in the space's notation. */
    String format(int[] row) {
      if (row.length != width) {
        throw new IllegalArgumentException("a row has " + width + " genes, not " + row.length);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment arch = arena.allocateFrom(JAVA_INT, row);
        MemorySegment buffer = arena.allocate(MemoryLayout.structLayout(ADDRESS, JAVA_LONG));
        check(() -> (int) FORMAT.invokeExact(raw, arch, buffer));
        String text = text(buffer.get(ADDRESS, 0));
        free(BUFFER_FREE, buffer);
        return text;
      }
    }

    private long count(int[] rows) {
      return Help.count(rows, width);
    }

    @Override
    public void close() {
      free(SPACE_FREE, raw);
    }
  }

  /** Latency of every architecture on one device. */
  static final class Predictor implements AutoCloseable {
    private final MemorySegment raw;
    private final long width;

    private Predictor(MemorySegment raw, long width) {
      this.raw = raw;
      this.width = width;
    }

    /** Milliseconds of each row. */
    double[] predict(int[] rows) {
      try (Arena arena = Arena.ofConfined()) {
        long n = count(rows, width);
        MemorySegment archs = arena.allocateFrom(JAVA_INT, rows);
        MemorySegment ms = arena.allocate(JAVA_DOUBLE, n);
        check(() -> (int) PREDICT.invokeExact(raw, archs, n, width, ms, NULL));
        return ms.toArray(JAVA_DOUBLE);
      }
    }

    /**
     * The most accurate architectures within {@code limitMs}, best first. What {@code accuracy}
     * throws ends the search and is thrown here.
     */
    List<Found> search(double limitMs, int topK, ToDoubleFunction<int[]> accuracy) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment rows = arena.allocate(JAVA_INT, topK * width);
        MemorySegment scores = arena.allocate(JAVA_DOUBLE, topK);
        MemorySegment ms = arena.allocate(JAVA_DOUBLE, topK);
        MemorySegment count = arena.allocate(JAVA_LONG);
        Scorer scorer = new Scorer(accuracy, width);
        MemorySegment callback = scorer.stub(arena);
        try {
          check(
              () ->
                  (int)
                      SEARCH.invokeExact(
                          raw, limitMs, callback, NULL, NULL, (long) topK, rows, width, scores,
                          ms, count, NULL));
        } catch (HelpException reason) {
          throw scorer.thrown == null ? reason : scorer.thrown;
        }
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < count.get(JAVA_LONG, 0); i++) {
          int[] row = rows.asSlice(i * width * 4, width * 4).toArray(JAVA_INT);
          found.add(
              new Found(
                  row,
                  scores.getAtIndex(JAVA_DOUBLE, i),
                  ms.getAtIndex(JAVA_DOUBLE, i)));
        }
        return found;
      }
    }

    @Override
    public void close() {
      free(PREDICTOR_FREE, raw);
    }
  }

  /** An accuracy callback; an exception that left it would end the virtual machine. */
  private static final class Scorer {
    private final ToDoubleFunction<int[]> accuracy;
    private final long width;
    private RuntimeException thrown;

    Scorer(ToDoubleFunction<int[]> accuracy, long width) {
      this.accuracy = accuracy;
      this.width = width;
    }

    MemorySegment stub(Arena arena) {
      MethodType type = ACCURACY.toMethodType();
      try {
        MethodHandle method = MethodHandles.lookup().bind(this, "score", type);
        return LINKER.upcallStub(method, ACCURACY, arena);
      } catch (ReflectiveOperationException impossible) {
        throw new AssertionError(impossible);
      }
    }

    int score(MemorySegment user, MemorySegment archs, long n, long stride, MemorySegment out) {
      try {
        MemorySegment rows = archs.reinterpret(((n - 1) * stride + width) * 4);
        MemorySegment scores = out.reinterpret(n * 8);
        for (long i = 0; i < n; i++) {
          int[] row = rows.asSlice(i * stride * 4, width * 4).toArray(JAVA_INT);
          scores.setAtIndex(JAVA_DOUBLE, i, accuracy.applyAsDouble(row));
        }
        return 0;
      } catch (RuntimeException reason) {
        thrown = reason;
      } catch (Throwable reason) {
        thrown = new RuntimeException(reason);
      }
      return -1;
    }
  }

  private interface Call<Result> {
    Result run() throws Throwable;
  }

  private interface Making {
    int into(MemorySegment out) throws Throwable;
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    MemorySegment address = LIBRARY.find(name).orElseThrow();
    return LINKER.downcallHandle(address, FunctionDescriptor.of(result, parameters));
  }

  private static MethodHandle free(String name) {
    MemorySegment address = LIBRARY.find(name).orElseThrow();
    return LINKER.downcallHandle(address, FunctionDescriptor.ofVoid(ADDRESS));
  }

  private static void free(MethodHandle function, MemorySegment what) {
    call(
        () -> {
          function.invokeExact(what);
          return null;
        });
  }

  private static <Result> Result call(Call<Result> function) {
    try {
      return function.run();
    } catch (Throwable impossible) { // the library throws nothing
      throw new AssertionError(impossible);
    }
  }

  private static void check(Call<Integer> function) {
    int status = call(function);
    if (status != 0) {
      String message = text(call(() -> (MemorySegment) LAST_ERROR.invokeExact()));
      throw new HelpException(status, message);
    }
  }

  /** The handle that a function writes. */
  private static MemorySegment made(Arena arena, Making function) {
    MemorySegment out = arena.allocate(ADDRESS);
    check(() -> function.into(out));
    return out.get(ADDRESS, 0);
  }

  private static String text(MemorySegment address) {
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static long count(int[] rows, long width) {
    if (rows.length % width != 0) {
      throw new IllegalArgumentException(
          rows.length + " genes are not whole rows of " + width);
    }
    return rows.length / width;
  }
}
