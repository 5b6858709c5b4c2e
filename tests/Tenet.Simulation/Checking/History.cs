using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Simulation.Checking;

/// <summary>Everything that clients did and were told. One writer.</summary>
internal sealed class History
{
    private long _order;

    /// <summary>All calls in the order of their invocation.</summary>
    public List<Operation> Operations { get; } = [];

    /// <summary>All watchers.</summary>
    public List<WatchRecord> Watches { get; } = [];

    /// <summary>The next place in the order of invocations and answers.</summary>
    public long Next() => ++_order;

    /// <summary>A client calls now.</summary>
    public Operation Invoke(IMessage request, int client, ulong member, int life, TimeSpan at)
    {
        var operation = new Operation
        {
            Request = request,
            Invoked = Next(),
            InvokedAt = at,
            Client = client,
            Member = member,
            Life = life,
        };
        Operations.Add(operation);
        return operation;
    }

    /// <summary>A client opens a watcher.</summary>
    public WatchRecord Watch(WatchCreateRequest request, ulong member)
    {
        var record = new WatchRecord { Request = request, Member = member };
        Watches.Add(record);
        return record;
    }
}
