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
        registry.Counter("process_network_receive_bytes_total", "Bytes received over IP in the process's network namespace.", static () => NetworkBytes("InOctets"));
        registry.Counter("process_network_transmit_bytes_total", "Bytes sent over IP in the process's network namespace.", static () => NetworkBytes("OutOctets"));
        registry.Gauge("process_open_fds", "Files that the process has open.", OpenFiles);
        registry.Gauge("process_resident_memory_bytes", "Memory in use, in bytes.", static () => Environment.WorkingSet);
        double started = StartSeconds();
        registry.Gauge("process_start_time_seconds", "When the process began, in Unix seconds.", () => started);
        registry.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", VirtualBytes);
        registry.Gauge("process_virtual_memory_max_bytes", "How much virtual memory the process may have, in bytes.", static () => Limit("Max address space"));
    }

    /// <summary>How many descriptors the process holds open.</summary>
    public static double OpenFiles()
    {
        if (OperatingSystem.IsLinux())
            return Directory.GetFileSystemEntries("/proc/self/fd").Length;
        using var process = Process.GetCurrentProcess();
        return process.HandleCount;
    }

    /// <summary>How many descriptors the process may hold open (the soft limit).</summary>
    public static double OpenFilesMax() => Limit("Max open files");

    /// <summary>A soft limit; what is unlimited is shown as the largest number there is, as in Prometheus' Go client. Zero where only Linux can tell.</summary>
    private static double Limit(string name)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        foreach (string line in File.ReadLines("/proc/self/limits"))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal))
                continue;
            string soft = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return soft == "unlimited" ? ulong.MaxValue : double.Parse(soft, CultureInfo.InvariantCulture);
        }
        return 0;
    }

    /// <summary>A number of the kernel's table of IP, whose first line names the columns of the second.</summary>
    private static double NetworkBytes(string column)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        string[] lines = [.. File.ReadLines("/proc/self/net/netstat").Where(static line => line.StartsWith("IpExt:", StringComparison.Ordinal))];
        if (lines.Length < 2)
            return 0;
        int at = Array.IndexOf(lines[0].Split(' '), column);
        return at < 0 ? 0 : double.Parse(lines[1].Split(' ')[at], CultureInfo.InvariantCulture);
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
