using System.Diagnostics;
using System.Globalization;

namespace Tenet.Foundation.Metrics;

/// <summary>The process_* families, read from the operating system whenever the page is written.</summary>
public static class ProcessMetrics
{
    /// <summary>Registers the families with <paramref name="registry"/>.</summary>
    public static void Register(MetricRegistry registry)
    {
        registry.Counter(
            "process_cpu_seconds_total",
            "Processor time used, in seconds.",
            static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        registry.Gauge("process_max_fds", "Files that the process may have open.", OpenFilesMax);
        registry.Gauge("process_open_fds", "Files that the process has open.", OpenFiles);
        registry.Gauge("process_resident_memory_bytes", "Memory in use, in bytes.", static () => Environment.WorkingSet);
        double started = StartSeconds();
        registry.Gauge("process_start_time_seconds", "When the process began, in Unix seconds.", () => started);
        registry.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", VirtualBytes);
    }

    /// <summary>How many descriptors the process holds open.</summary>
    public static double OpenFiles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    /// <summary>How many descriptors the process may hold open (the soft limit).</summary>
    public static double OpenFilesMax()
    {
        foreach (string line in File.ReadLines("/proc/self/limits"))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal))
                continue;
            string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
            return soft == "unlimited" ? double.PositiveInfinity : double.Parse(soft, CultureInfo.InvariantCulture);
        }
        return 0;
    }

    private static double StartSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static double VirtualBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.VirtualMemorySize64;
    }
}
