// libhelp by P/Invoke.  An architecture is a row of genes, Space.Width of them; rows lie one after
// another in an array.  Handles are disposed; failures are HelpExceptions.
using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LibHelp
{
    /// <summary>A call failed; Status is its code.</summary>
    public sealed class HelpException : Exception
    {
        public const int Infeasible = 10;
        public int Status { get; }

        internal HelpException(int status, string message) : base(message) => Status = status;

        internal static void Check(int status)
        {
            if (status != 0) throw new HelpException(status, Native.Text(Native.help_last_error()));
        }
    }

    /// <summary>An architecture that a search found.</summary>
    public struct Found
    {
        public int[] Row;
        public double Accuracy, LatencyMs;
    }

    public static class Library
    {
        public static string Version => Native.Text(Native.help_version_string());
    }

    /// <summary>A search space.</summary>
    public sealed class Space : SafeHandle
    {
        internal Space() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.help_space_free(handle);
            return true;
        }

        /// <summary>Number of genes in a row.</summary>
        public int Width => (int)Native.help_space_width(this);

        /// <summary>Draws n different rows.</summary>
        public int[] Sample(int n, ulong seed)
        {
            int width = Width;
            var rows = new int[n * width];
            HelpException.Check(
                Native.help_space_sample(this, seed, rows, (UIntPtr)n, (UIntPtr)width));
            return rows;
        }

        /// <summary>A row in the space's notation.</summary>
        public string Format(int[] row)
        {
            if (row.Length != Width)
                throw new ArgumentException($"a row has {Width} genes, not {row.Length}");
            HelpException.Check(Native.help_arch_format(this, row, out var buffer));
            try
            {
                return Native.Text(buffer.Data);
            }
            finally
            {
                Native.help_buffer_free(ref buffer);
            }
        }
    }

    /// <summary>What has been learnt from many devices.</summary>
    public sealed class Model : SafeHandle
    {
        internal Model() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.help_model_free(handle);
            return true;
        }

        /// <summary>Reads a model file.</summary>
        public static Model Load(string path)
        {
            HelpException.Check(Native.help_load(path, out var model));
            return model;
        }

        public Space Space()
        {
            HelpException.Check(Native.help_model_space(this, out var space));
            return space;
        }

        /// <summary>The rows to measure on a device.</summary>
        public int[] References()
        {
            int width = Width();
            var rows = new int[(int)Native.help_model_reference_count(this) * width];
            HelpException.Check(Native.help_model_references(this, rows, (UIntPtr)width));
            return rows;
        }

        /// <summary>A predictor of the device on which these rows take latencyMs.</summary>
        public Predictor Adapt(int[] rows, double[] latencyMs)
        {
            int width = Width(), n = Native.Count(rows, width);
            if (latencyMs.Length != n)
                throw new ArgumentException($"{latencyMs.Length} latencies for {n} rows");
            HelpException.Check(Native.help_adapt(
                this, rows, (UIntPtr)n, (UIntPtr)width, latencyMs, IntPtr.Zero, out var predictor));
            predictor.Width = width;
            return predictor;
        }

        private int Width()
        {
            using (var space = Space()) return space.Width;
        }
    }

    /// <summary>Latency of every architecture on one device.</summary>
    public sealed class Predictor : SafeHandle
    {
        internal int Width;

        internal Predictor() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.help_predictor_free(handle);
            return true;
        }

        /// <summary>Milliseconds of each row.</summary>
        public double[] Predict(int[] rows)
        {
            var ms = new double[Native.Count(rows, Width)];
            HelpException.Check(Native.help_predict(
                this, rows, (UIntPtr)ms.Length, (UIntPtr)Width, ms, IntPtr.Zero));
            return ms;
        }

        /// <summary>
        /// The most accurate architectures within limitMs, best first. What accuracy throws ends
        /// the search and is thrown here.
        /// </summary>
        public List<Found> Search(double limitMs, int topK, Func<int[], double> accuracy)
        {
            var rows = new int[topK * Width];
            double[] scores = new double[topK], ms = new double[topK];
            ExceptionDispatchInfo thrown = null;
            Native.Accuracy callback = (user, archs, n, stride, output) =>
            {
                try
                {
                    Score(accuracy, archs, (int)n, (int)stride, output);
                    return 0;
                }
                catch (Exception reason) // nothing may unwind into the library
                {
                    thrown = ExceptionDispatchInfo.Capture(reason);
                    return -1;
                }
            };
            int status = Native.help_search(
                this, limitMs, callback, IntPtr.Zero, IntPtr.Zero, (UIntPtr)topK, rows,
                (UIntPtr)Width, scores, ms, out var count, IntPtr.Zero);
            GC.KeepAlive(callback);
            thrown?.Throw();
            HelpException.Check(status);
            return Results(rows, scores, ms, (int)count);
        }

        private void Score(Func<int[], double> accuracy, IntPtr archs, int n, int stride, IntPtr output)
        {
            var row = new int[Width];
            var scores = new double[n];
            for (int i = 0; i < n; i++)
            {
                Marshal.Copy(archs + i * stride * sizeof(int), row, 0, Width);
                scores[i] = accuracy(row);
            }
            Marshal.Copy(scores, 0, output, n);
        }

        private List<Found> Results(int[] rows, double[] scores, double[] ms, int count)
        {
            var found = new List<Found>();
            for (int i = 0; i < count; i++)
            {
                var row = new int[Width];
                Array.Copy(rows, i * Width, row, 0, Width);
                found.Add(new Found { Row = row, Accuracy = scores[i], LatencyMs = ms[i] });
            }
            return found;
        }
    }

    internal static class Native
    {
        private const string Help = "libhelp.so.1";

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int Accuracy(
            IntPtr user, IntPtr archs, UIntPtr n, UIntPtr stride, IntPtr output);

        [StructLayout(LayoutKind.Sequential)]
        internal struct Buffer
        {
            internal IntPtr Data;
            internal UIntPtr Size;
        }

        [DllImport(Help)] internal static extern IntPtr help_version_string();
        [DllImport(Help)] internal static extern IntPtr help_last_error();
        [DllImport(Help)] internal static extern void help_buffer_free(ref Buffer buffer);

        [DllImport(Help)] internal static extern void help_space_free(IntPtr space);
        [DllImport(Help)] internal static extern UIntPtr help_space_width(Space space);
        [DllImport(Help)]
        internal static extern int help_space_sample(
            Space space, ulong seed, [Out] int[] archs, UIntPtr n, UIntPtr stride);
        [DllImport(Help)]
        internal static extern int help_arch_format(Space space, int[] arch, out Buffer text);

        [DllImport(Help)]
        internal static extern int help_load(
            [MarshalAs(UnmanagedType.LPUTF8Str)] string path, out Model model);
        [DllImport(Help)] internal static extern void help_model_free(IntPtr model);
        [DllImport(Help)] internal static extern int help_model_space(Model model, out Space space);
        [DllImport(Help)] internal static extern UIntPtr help_model_reference_count(Model model);
        [DllImport(Help)]
        internal static extern int help_model_references(
            Model model, [Out] int[] archs, UIntPtr stride);

        [DllImport(Help)]
        internal static extern int help_adapt(
            Model model, int[] archs, UIntPtr n, UIntPtr stride, double[] latencyMs,
            IntPtr options, out Predictor predictor);
        [DllImport(Help)] internal static extern void help_predictor_free(IntPtr predictor);
        [DllImport(Help)]
        internal static extern int help_predict(
            Predictor predictor, int[] archs, UIntPtr n, UIntPtr stride, [Out] double[] latencyMs,
            IntPtr stdMs);
        [DllImport(Help)]
        internal static extern int help_search(
            Predictor predictor, double limitMs, Accuracy accuracy, IntPtr user, IntPtr options,
            UIntPtr topK, [Out] int[] archs, UIntPtr stride, [Out] double[] scores,
            [Out] double[] latencyMs, out UIntPtr count, IntPtr report);

        internal static string Text(IntPtr utf8) => Marshal.PtrToStringUTF8(utf8);

        internal static int Count(int[] rows, int width)
        {
            if (rows.Length % width != 0)
                throw new ArgumentException($"{rows.Length} genes are not whole rows of {width}");
            return rows.Length / width;
        }
    }
}
