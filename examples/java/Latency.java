import java.util.Arrays;

/**
 * Load, adapt, predict, search, and what can fail:
 *
 * <pre>java --enable-native-access=ALL-UNNAMED Latency.java MODEL</pre>
 */
final class Latency {
  /** Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's published table). */
  private static final double[] MEASURED = {
    8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
    25.596895, 24.430082, 57.129456, 10.544924, 98.88752
  };

  /** A stand-in for an accuracy predictor: what each operation contributes. */
  private static final double[] WORTH = {0, 0.25, 0.5, 1, 0.125};

  private static double accuracy(int[] row) {
    return Arrays.stream(row).mapToDouble(gene -> WORTH[gene]).sum();
  }

  public static void main(String[] arguments) {
    System.out.println(Help.version());
    try (var model = new Help.Model(arguments[0]);
        var space = model.space();
        var device = model.adapt(model.references(), MEASURED)) {
      long within =
          Arrays.stream(device.predict(space.sample(1000, 1))).filter(ms -> ms <= 20).count();
      System.out.println(within + " of 1000 networks take at most 20 ms");
      for (var found : device.search(20, 3, Latency::accuracy)) {
        System.out.printf(
            "%.2f ms, accuracy %.3f: %s%n",
            found.latencyMs(), found.accuracy(), space.format(found.row()));
      }
      failures(device);
    }
  }

  private static void failures(Help.Predictor device) {
    try {
      device.search(0.5, 3, Latency::accuracy);
    } catch (Help.HelpException reason) {
      if (reason.status != Help.INFEASIBLE) throw reason;
      System.out.println("infeasible: " + reason.getMessage());
    }
    try {
      device.search(
          20,
          3,
          row -> {
            throw new IllegalStateException("the accuracy service is down");
          });
    } catch (IllegalStateException reason) {
      System.out.println("the callback failed: " + reason.getMessage());
    }
  }
}
