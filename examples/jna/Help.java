import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * libhelp through JNA, for a Java without the foreign function and memory API; the classes are
 * those of ../java/Help.java, so that program runs with either.
 *
 * <p>An architecture is a row of genes, {@link Space#width} of them; rows lie one after another
 * in an array. Handles are closed; failures are {@link HelpException}s.
 */
final class Help {
  static final int INFEASIBLE = 10;

  private static final LibHelp LIBRARY = Native.load("libhelp.so.1", LibHelp.class);

  private Help() {}

  /** What this file calls of help.h; a size_t is a long on 64-bit Linux. */
  private interface LibHelp extends Library {
    interface Accuracy extends Callback {
      int score(Pointer user, Pointer archs, long n, long stride, Pointer out);
    }

    @Structure.FieldOrder({"data", "size"})
    class Buffer extends Structure {
      public Pointer data;
      public long size;
    }

    String help_version_string();

    String help_last_error();

    void help_buffer_free(Buffer buffer);

    int help_load(String path, PointerByReference out);

    void help_model_free(Pointer model);

    int help_model_space(Pointer model, PointerByReference out);

    long help_model_reference_count(Pointer model);

    int help_model_references(Pointer model, int[] archs, long stride);

    void help_space_free(Pointer space);

    long help_space_width(Pointer space);

    int help_space_sample(Pointer space, long seed, int[] archs, long n, long stride);

    int help_arch_format(Pointer space, int[] arch, Buffer out);

    int help_adapt(
        Pointer model, int[] archs, long n, long stride, double[] latencyMs, Pointer options,
        PointerByReference out);

    void help_predictor_free(Pointer predictor);

    int help_predict(
        Pointer predictor, int[] archs, long n, long stride, double[] latencyMs, double[] stdMs);

    int help_search(
        Pointer predictor, double limitMs, Accuracy accuracy, Pointer user, Pointer options,
        long topK, int[] archs, long stride, double[] accuracies, double[] latencyMs,
        LongByReference count, Pointer report);
  }

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
    return LIBRARY.help_version_string();
  }

  /** What has been learnt from many devices. */
  static final class Model implements AutoCloseable {
    private final Pointer raw;

    Model(String path) {
      PointerByReference out = new PointerByReference();
      check(LIBRARY.help_load(path, out));
      raw = out.getValue();
    }

    Space space() {
      PointerByReference out = new PointerByReference();
      check(LIBRARY.help_model_space(raw, out));
      return new Space(out.getValue());
    }

    /** The rows to measure on a device. */
    int[] references() {
      try (Space space = space()) {
        int[] rows = new int[(int) LIBRARY.help_model_reference_count(raw) * space.width];
        check(LIBRARY.help_model_references(raw, rows, space.width));
        return rows;
      }
    }

    /** A predictor of the device on which these rows take {@code latencyMs}. */
    Predictor adapt(int[] rows, double[] latencyMs) {
      try (Space space = space()) {
        int n = count(rows, space.width);
        if (latencyMs.length != n) {
          throw new IllegalArgumentException(latencyMs.length + " latencies for " + n + " rows");
        }
        PointerByReference out = new PointerByReference();
        check(LIBRARY.help_adapt(raw, rows, n, space.width, latencyMs, null, out));
        return new Predictor(out.getValue(), space.width);
      }
    }

    @Override
    public void close() {
      LIBRARY.help_model_free(raw);
    }
  }

  /** A search space. */
  static final class Space implements AutoCloseable {
    private final Pointer raw;

    /** Number of genes in a row. */
    final int width;

    private Space(Pointer raw) {
      this.raw = raw;
      width = (int) LIBRARY.help_space_width(raw);
    }

    /** Draws {@code n} different rows. */
    int[] sample(int n, long seed) {
      int[] rows = new int[n * width];
      check(LIBRARY.help_space_sample(raw, seed, rows, n, width));
      return rows;
    }

    /** A row in the space's notation. */
    String format(int[] row) {
      if (row.length != width) {
        throw new IllegalArgumentException("a row has " + width + " genes, not " + row.length);
      }
      LibHelp.Buffer buffer = new LibHelp.Buffer();
      check(LIBRARY.help_arch_format(raw, row, buffer));
      String text = buffer.data.getString(0, "UTF-8");
      LIBRARY.help_buffer_free(buffer);
      return text;
    }

    @Override
    public void close() {
      LIBRARY.help_space_free(raw);
    }
  }

  /** Latency of every architecture on one device. */
  static final class Predictor implements AutoCloseable {
    private final Pointer raw;
    private final int width;

    private Predictor(Pointer raw, int width) {
      this.raw = raw;
      this.width = width;
    }

    /** Milliseconds of each row. */
    double[] predict(int[] rows) {
      double[] ms = new double[count(rows, width)];
      check(LIBRARY.help_predict(raw, rows, ms.length, width, ms, null));
      return ms;
    }

    /**
     * The most accurate architectures within {@code limitMs}, best first. What {@code accuracy}
     * throws ends the search and is thrown here.
     */
    List<Found> search(double limitMs, int topK, ToDoubleFunction<int[]> accuracy) {
      int[] rows = new int[topK * width];
      double[] scores = new double[topK];
      double[] ms = new double[topK];
      LongByReference count = new LongByReference();
      Scorer scorer = new Scorer(accuracy, width);
      int status =
          LIBRARY.help_search(
              raw, limitMs, scorer, null, null, topK, rows, width, scores, ms, count, null);
      if (scorer.thrown != null) throw scorer.thrown;
      check(status);
      List<Found> found = new ArrayList<>();
      for (int i = 0; i < count.getValue(); i++) {
        int[] row = Arrays.copyOfRange(rows, i * width, (i + 1) * width);
        found.add(new Found(row, scores[i], ms[i]));
      }
      return found;
    }

    @Override
    public void close() {
      LIBRARY.help_predictor_free(raw);
    }
  }

  /** An accuracy callback; JNA would swallow an exception that left it. */
  private static final class Scorer implements LibHelp.Accuracy {
    private final ToDoubleFunction<int[]> accuracy;
    private final int width;
    private RuntimeException thrown;

    Scorer(ToDoubleFunction<int[]> accuracy, int width) {
      this.accuracy = accuracy;
      this.width = width;
    }

    @Override
    public int score(Pointer user, Pointer archs, long n, long stride, Pointer out) {
      try {
        for (int i = 0; i < n; i++) {
          int[] row = archs.getIntArray(i * stride * Integer.BYTES, width);
          out.setDouble((long) i * Double.BYTES, accuracy.applyAsDouble(row));
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

  private static void check(int status) {
    if (status != 0) throw new HelpException(status, LIBRARY.help_last_error());
  }

  private static int count(int[] rows, int width) {
    if (rows.length % width != 0) {
      throw new IllegalArgumentException(rows.length + " genes are not whole rows of " + width);
    }
    return rows.length / width;
  }
}
