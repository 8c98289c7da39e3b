// Load, adapt, predict, search, and what can fail:
//   mcs Latency.cs Help.cs && mono Latency.exe MODEL
using System;
using System.Globalization;
using System.Linq;
using LibHelp;

internal static class Latency
{
    // Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
    private static readonly double[] Measured =
    {
        8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
        25.596895, 24.430082, 57.129456, 10.544924, 98.88752
    };

    // A stand-in for an accuracy predictor: what each operation contributes.
    private static readonly double[] Worth = { 0, 0.25, 0.5, 1, 0.125 };

    private static double Accuracy(int[] row) => row.Sum(gene => Worth[gene]);

    private static void Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.WriteLine(Library.Version);
        using (var model = Model.Load(arguments[0]))
        using (var space = model.Space())
        using (var device = model.Adapt(model.References(), Measured))
        {
            int within = device.Predict(space.Sample(1000, 1)).Count(ms => ms <= 20);
            Console.WriteLine($"{within} of 1000 networks take at most 20 ms");
            foreach (var found in device.Search(20, 3, Accuracy))
                Console.WriteLine(
                    $"{found.LatencyMs:F2} ms, accuracy {found.Accuracy:F3}: {space.Format(found.Row)}");
            Failures(device);
        }
    }

    private static void Failures(Predictor device)
    {
        try
        {
            device.Search(0.5, 3, Accuracy);
        }
        catch (HelpException reason) when (reason.Status == HelpException.Infeasible)
        {
            Console.WriteLine($"infeasible: {reason.Message}");
        }
        try
        {
            device.Search(
                20, 3, row => throw new InvalidOperationException("the accuracy service is down"));
        }
        catch (InvalidOperationException reason)
        {
            Console.WriteLine($"the callback failed: {reason.Message}");
        }
    }
}
