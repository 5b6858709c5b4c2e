using System.Globalization;
using System.Text;
using Tenet.Rpc.Http;

namespace Tenet.Hosting;

/// <summary>
/// What <c>--enable-pprof</c> serves below <c>/debug/pprof/</c> (docs/adr/0004-no-pprof.md): in plain text, what this runtime knows of its threads and its heap. The profiles
/// that only Go's runtime can write are named there and refused, each with what does their work.
/// </summary>
public static class ProfilePages
{
    private const string Root = "/debug/pprof/";

    private static readonly (string Name, string Instead)[] OfGoAlone =
    [
        ("profile", "dotnet-trace collect --profile dotnet-sampled-thread-time -p {0}"),
        ("trace", "dotnet-trace collect -p {0}"),
        ("block", "dotnet-trace collect --clrevents contention -p {0}"),
        ("mutex", "dotnet-trace collect --clrevents contention -p {0}"),
        ("symbol", "dotnet-trace report"),
    ];

    /// <summary>The pages.</summary>
    public static IReadOnlyList<HttpEndpoint> All { get; } =
    [
        Page("", Index, "text/html; charset=utf-8"),
        Page("cmdline", static () => string.Join('\0', Environment.GetCommandLineArgs())),
        Page("goroutine", Threads),
        Page("threadcreate", Threads),
        Page("heap", Heap),
        Page("allocs", Heap),
        .. OfGoAlone.Select(static one => new HttpEndpoint(Root + one.Name, _ => new(EndpointReply.Error(501, Refusal(one.Name, one.Instead))))),
    ];

    private static HttpEndpoint Page(string name, Func<string> text, string type = EndpointReply.PlainText) =>
        new(Root + name, _ => new(new EndpointReply(200, type, Encoding.UTF8.GetBytes(text())) { NoSniff = true }));

    private static string Refusal(string name, string instead) =>
        $"{name}: a profile of Go's runtime, which this program does not have. Instead: {string.Format(CultureInfo.InvariantCulture, instead, Environment.ProcessId)}";

    private static string Index()
    {
        StringBuilder page = new();
        page.Append("<html><head><title>/debug/pprof/</title></head><body>\n<p>This is Tenet, a .NET program: go tool pprof cannot read it.</p>\n<p>Served as text:</p>\n<ul>\n");
        foreach (string name in (string[])["cmdline", "goroutine", "threadcreate", "heap", "allocs"])
            page.Append(CultureInfo.InvariantCulture, $"<li><a href=\"{name}?debug=1\">{name}</a></li>\n");
        page.Append("</ul>\n<p>Of Go's runtime alone, and refused here:</p>\n<ul>\n");
        foreach ((string name, string instead) in OfGoAlone)
            page.Append("<li>").Append(Refusal(name, instead)).Append("</li>\n");
        return page.Append("</ul>\n<p>Everything that is counted: <a href=\"/metrics\">/metrics</a>, <a href=\"/debug/vars\">/debug/vars</a>.</p>\n</body></html>\n").ToString();
    }

    private static string Threads()
    {
        ThreadPool.GetMaxThreads(out int workersMax, out _);
        ThreadPool.GetAvailableThreads(out int workersFree, out _);
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"""
            threads of the process: {process.Threads.Count}
            threads of the pool: {ThreadPool.ThreadCount}
            threads of the pool at work: {workersMax - workersFree}
            work that waits for the pool: {ThreadPool.PendingWorkItemCount}
            work that the pool has done: {ThreadPool.CompletedWorkItemCount}
            timers: {Timer.ActiveCount}
            waits for locks: {Monitor.LockContentionCount}

            """);
    }

    private static string Heap()
    {
        GCMemoryInfo last = GC.GetGCMemoryInfo();
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"""
            bytes in use: {GC.GetTotalMemory(forceFullCollection: false)}
            bytes committed: {last.TotalCommittedBytes}
            bytes allocated since start: {GC.GetTotalAllocatedBytes()}
            bytes fragmented: {last.FragmentedBytes}
            bytes resident, mapped files included: {Environment.WorkingSet}
            objects pinned: {last.PinnedObjectsCount}
            pauses in all: {GC.GetTotalPauseDuration()}

            """);
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"generation {generation}: {GC.CollectionCount(generation)} collections, {last.GenerationInfo[generation].SizeAfterBytes} bytes after the last\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"large objects: {last.GenerationInfo[GC.MaxGeneration + 1].SizeAfterBytes} bytes after the last\n");
        return page.ToString();
    }
}
