using System.Text;
using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Apply;

/// <summary>Writes down what a store tells its observer.</summary>
internal sealed class EventLog : IMvccObserver
{
    public List<string> Lines { get; } = [];

    public static EventLog On(MvccStore store)
    {
        var log = new EventLog();
        store.Observer = log;
        return log;
    }

    public void Written(long revision, IReadOnlyList<MvccEvent> events)
    {
        foreach (MvccEvent change in events)
            Lines.Add($"{revision} {(change.IsDelete ? "DELETE" : "PUT")} {Encoding.UTF8.GetString(change.Key.Span)}");
    }

    public void Replaced(long revision) => Lines.Add($"{revision} REPLACED");
}
