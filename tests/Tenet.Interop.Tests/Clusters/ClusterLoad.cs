using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Simulation.Checking;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>
/// Clients that write and read the same few keys through all members, go elsewhere when a member fails them, and note what they sent and
/// what they were told. At the end <see cref="HistoryAudit"/> compares that with what the cluster kept.
/// </summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    public const string Prefix = "load/";
    private const int Clients = 6;
    private const int Keys = 8;

    /// <summary>How long a client waits for an answer before it calls the outcome unknown.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);

    /// <summary>Between two calls of a client, so that the machine has time for the cluster.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly Cluster _cluster;
    private readonly CancellationTokenSource _stop = new();
    private readonly Simulation.Checking.History _history = new();
    private readonly Lock _noting = new();
    private readonly FollowingWatch _watch;
    private readonly Task[] _clients;
    private int _acknowledged;
    private int _values;

    private ClusterLoad(Cluster cluster, SeededRandom random)
    {
        _cluster = cluster;
        _watch = new FollowingWatch(cluster, random.Fork());
        _clients = new Task[Clients];
        for (int client = 0; client < Clients; client++)
        {
            int number = client;
            SeededRandom own = random.Fork();
            _clients[client] = Task.Run(() => WorkAsync(number, own));
        }
    }

    /// <summary>How many writes were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public static ClusterLoad Start(Cluster cluster, ulong seed) => new(cluster, new SeededRandom(seed));

    /// <summary>Waits until so many more writes are acknowledged: the cluster serves.</summary>
    public async Task GoesOnAsync(int writes = 50, TimeSpan? limit = null)
    {
        int wanted = Acknowledged + writes;
        await Eventually.TrueAsync($"{writes} more writes are acknowledged", complaint =>
            Task.FromResult(_clients.Any(client => client.IsCompleted) || Acknowledged >= wanted || complaint.Note($"{Acknowledged - (wanted - writes)} were")), limit);
        // A client ends early only when it fails.
        if (_clients.FirstOrDefault(client => client.IsCompleted) is { } failed)
            await failed;
    }

    /// <summary>Stops the clients and proves that what they were told is what the cluster holds, on every member.</summary>
    public async Task StopAndCheckAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        await _cluster.ConvergedAsync();
        IReadOnlyList<LoggedChange> changes = await HistoryAudit.ReadAsync(_cluster.Running.First());
        HistoryAudit.Check(_history.Operations, changes);
        await _watch.StopAndCheckAsync(changes);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Task.WhenAll(_clients)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _watch.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WorkAsync(int number, SeededRandom random)
    {
        Dictionary<ClusterMember, EtcdClient> connections = [];
        ClusterMember? member = null;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                if (member is null || random.Chance(0.02) || !_cluster.Members.Contains(member))
                    member = Pick(random);
                if (!connections.TryGetValue(member, out EtcdClient? client))
                    connections[member] = client = new EtcdClient(member.ClientPort, CallLimit);
                if (!await CallAsync(client, member, number, random))
                    member = null;
                await Task.Delay(Pace);
            }
        }
        finally
        {
            foreach (EtcdClient client in connections.Values)
                client.Dispose();
        }
    }

    private ClusterMember Pick(SeededRandom random)
    {
        List<ClusterMember> members = [.. _cluster.Members];
        return members[random.Next(members.Count)];
    }

    /// <summary>One call; false if the member did not answer.</summary>
    private Task<bool> CallAsync(EtcdClient client, ClusterMember member, int number, SeededRandom random)
    {
        ByteString key = ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{random.Next(Keys)}"));
        int kind = random.Next(100);
        if (kind < 50)
            return NoteAsync(new PutRequest { Key = key, Value = NewValue() }, client.PutAsync, member, number, writes: true);
        if (kind < 80)
            return NoteAsync(new RangeRequest { Key = key }, client.RangeAsync, member, number, writes: false);
        if (kind < 85)
            return NoteAsync(new DeleteRangeRequest { Key = key }, client.DeleteAsync, member, number, writes: true);
        return ExchangeAsync(client, member, number, key);
    }

    /// <summary>Reads a key and replaces what it read if nobody else was faster.</summary>
    private async Task<bool> ExchangeAsync(EtcdClient client, ClusterMember member, int number, ByteString key)
    {
        RangeResponse? read = null;
        bool answered = await NoteAsync(new RangeRequest { Key = key }, async request =>
        {
            GrpcReply<RangeResponse> reply = await client.RangeAsync(request);
            read = reply.Message;
            return reply;
        }, member, number, writes: false);
        if (!answered || read is null)
            return answered;
        TxnRequest exchange = new();
        exchange.Compare.Add(new Compare { Key = key, Target = Compare.Types.CompareTarget.Mod, ModRevision = read.Kvs.Count == 0 ? 0 : read.Kvs[0].ModRevision });
        exchange.Success.Add(new RequestOp { RequestPut = new() { Key = key, Value = NewValue() } });
        exchange.Failure.Add(new RequestOp { RequestRange = new() { Key = key } });
        return await NoteAsync(exchange, client.TxnAsync, member, number, writes: true);
    }

    private async Task<bool> NoteAsync<TRequest, TResponse>(
        TRequest request, Func<TRequest, Task<GrpcReply<TResponse>>> call, ClusterMember member, int number, bool writes)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        Operation operation;
        lock (_noting)
            operation = _history.Invoke(request, number, member.Id, 0, TimeSpan.Zero);
        GrpcReply<TResponse> reply;
        try
        {
            reply = await call(request);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
        lock (_noting)
        {
            if (reply.Message is not null)
                operation.Answer(reply.Message, _history.Next());
            else
                operation.Fail(new EtcdError((StatusCode)Math.Max(0, reply.Status), reply.Text), _history.Next());
        }
        if (reply.Message is null)
            return false;
        if (writes)
            Interlocked.Increment(ref _acknowledged);
        return true;
    }

    private ByteString NewValue() => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"value {Interlocked.Increment(ref _values)}"));
}
