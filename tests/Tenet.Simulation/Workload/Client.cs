using System.Globalization;
using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Member = Tenet.Server.Member;
using Tenet.Simulation.Checking;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>
/// One client: call after call, at its member as long as that answers, else at another. Values are unique in the world, so that every read says
/// which write it saw.
/// </summary>
internal sealed class Client(World world, ClientPort port, SeededRandom random, int number)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly List<long> _leases = [];
    private readonly string _name = $"c{number}";
    private int _values;
    private int _granted;
    private SimMember _target = world.Members[number % world.Plan.Members];

    public async Task RunAsync()
    {
        while (!world.Load.IsStopping)
        {
            await world.Delay(random.NextDouble() * random.NextDouble() * 2 * world.Plan.ClientPause);
            await ActAsync();
        }
    }

    /// <summary>Writes a key at this very member.</summary>
    /// <returns>Whether the member confirmed it.</returns>
    public async Task<bool> WriteThroughAsync(SimMember member)
    {
        _target = member;
        return await PutAsync() is not null;
    }

    private async Task ActAsync()
    {
        switch (random.Next(100))
        {
            case < 40:
                await PutAsync();
                break;
            case < 65:
                await GetAsync(serializable: random.Chance(0.2));
                break;
            case < 72:
                await CallAsync(new DeleteRangeRequest { Key = Key() }, static (member, request, call) => member.Door.Unary<DeleteRangeRequest, DeleteRangeResponse>(member.Kv.DeleteRange)(request, call));
                break;
            case < 85:
                await CallAsync(Transaction(), static (member, request, call) => member.Door.Unary<TxnRequest, TxnResponse>(member.Kv.Txn)(request, call));
                break;
            case < 95:
                await LeaseAsync();
                break;
            case < 97:
                await CompactAsync();
                break;
            default:
                _target = world.PickForClient(random);
                break;
        }
    }

    private Task<PutResponse?> PutAsync()
    {
        var request = new PutRequest { Key = Key(), Value = Value(), PrevKv = random.Chance(0.3) };
        if (_leases.Count > 0 && random.Chance(0.2))
            request.Lease = _leases[random.Next(_leases.Count)];
        return CallAsync(request, static (member, put, call) => member.Door.Unary<PutRequest, PutResponse>(member.Kv.Put)(put, call));
    }

    private Task<RangeResponse?> GetAsync(bool serializable)
    {
        var request = new RangeRequest { Key = Key(), Serializable = serializable };
        if (random.Chance(0.3))
        {
            request.Key = ByteString.CopyFromUtf8("k");
            request.RangeEnd = ByteString.CopyFromUtf8("l");
            request.Limit = random.Chance(0.3) ? random.Next(1, 4) : 0;
        }

        return CallAsync(request, static (member, range, call) => member.Door.Unary<RangeRequest, Tenet.State.Mvcc.RangeResult>(member.Kv.Range)(range, call), static result =>
        {
            using (result)
                return result.ToResponse();
        });
    }

    private TxnRequest Transaction()
    {
        ByteString key = Key();
        var compare = new Compare { Key = key };
        switch (random.Next(3))
        {
            case 0:
                compare.Target = Compare.Types.CompareTarget.Version;
                compare.Result = Compare.Types.CompareResult.Equal;
                compare.Version = random.Next(3);
                break;
            case 1:
                compare.Target = Compare.Types.CompareTarget.Mod;
                compare.Result = Compare.Types.CompareResult.Less;
                compare.ModRevision = random.Next(1, 2000);
                break;
            default:
                compare.Target = Compare.Types.CompareTarget.Create;
                compare.Result = Compare.Types.CompareResult.Greater;
                compare.CreateRevision = random.Next(2000);
                break;
        }

        var request = new TxnRequest { Compare = { compare } };
        request.Success.Add(PutOf(key));
        ByteString other = Key();
        if (other != key)
            request.Success.Add(random.Chance(0.3) ? DeleteOf(other) : PutOf(other));
        request.Failure.Add(GetOf(key));
        if (other != key)
            request.Failure.Add(random.Chance(0.5) ? GetOf(other) : PutOf(other));
        return request;
    }

    private async Task LeaseAsync()
    {
        int what = random.Next(4);
        if (_leases.Count == 0 || (what == 0 && _leases.Count < 4))
        {
            LeaseGrantResponse? granted = await CallAsync(
                new LeaseGrantRequest { TTL = random.Next(2, 8), ID = (number + 1) * 1000 + ++_granted },
                static (member, request, call) => member.Door.Unary<LeaseGrantRequest, LeaseGrantResponse>(member.Lease.LeaseGrant)(request, call));
            if (granted is not null)
                _leases.Add(granted.ID);
            return;
        }

        int index = random.Next(_leases.Count);
        if (what > 1)
        {
            await RecordAsync(new LeaseKeepAliveRequest { ID = _leases[index] }, (target, request) => KeepAlive.CallAsync(world, port, target, Patience, request));
            return;
        }

        await CallAsync(
            new LeaseRevokeRequest { ID = _leases[index] },
            static (member, request, call) => member.Door.Unary<LeaseRevokeRequest, LeaseRevokeResponse>(member.Lease.LeaseRevoke)(request, call));
        _leases.RemoveAt(index);
    }

    private Task CompactAsync()
    {
        long revision = world.HighestRevision - random.Next(100);
        if (revision < 1)
            return Task.CompletedTask;
        return CallAsync(
            new CompactionRequest { Revision = revision, Physical = random.Chance(0.5) },
            static (member, request, call) => member.Door.Unary<CompactionRequest, CompactionResponse>(member.Kv.Compact)(request, call));
    }

    private Task<TResponse?> CallAsync<TRequest, TResponse>(TRequest request, Func<Member, TRequest, CallContext, ValueTask<TResponse>> method)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage =>
        CallAsync(request, method, static response => response);

    private Task<TResponse?> CallAsync<TRequest, TResult, TResponse>(
        TRequest request, Func<Member, TRequest, CallContext, ValueTask<TResult>> method, Func<TResult, TResponse> convert)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage =>
        RecordAsync(
            request,
            (target, sent) => port.CallAsync(target, Patience, async (member, call) => convert(await method(member, sent, call))));

    private async Task<TResponse?> RecordAsync<TRequest, TResponse>(TRequest request, Func<SimMember, TRequest, Task<TResponse>> send)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage
    {
        SimMember target = _target;
        Operation operation = world.History.Invoke(request.Clone(), number, target.MemberId, target.Process?.Life ?? 0, world.Time);
        world.Trace.Add(world.Now, TraceKind.Client, _name, target.Index, operation.Invoked, request);
        try
        {
            TResponse response = await send(target, request);
            operation.Answer(response, world.History.Next(), world.Time);
            world.Trace.Add(world.Now, TraceKind.Client, _name, response.CalculateSize(), operation.Completed, response);
            world.Answered(response);
            return response;
        }
        catch (RefusalException refusal)
        {
            operation.Fail(refusal.Error, world.History.Next(), world.Time);
            world.Trace.Add(world.Now, TraceKind.Client, _name, (int)refusal.Error.Code, 1, refusal.Message);
            if (operation.Outcome != OperationOutcome.Refused)
                await MoveOnAsync();
        }
        catch (CallLostException lost)
        {
            world.Trace.Add(world.Now, TraceKind.Client, _name, 0, 1, lost.Message);
            await MoveOnAsync();
        }

        return null;
    }

    /// <summary>The member does not answer as it should: another one may.</summary>
    private Task MoveOnAsync()
    {
        _target = world.PickForClient(random);
        return world.Delay(random.NextDouble() * TimeSpan.FromMilliseconds(300));
    }

    private ByteString Key() => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"k{random.Next(world.Plan.Keys)}"));

    private ByteString Value() => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{number}-{_values++}"));

    private RequestOp PutOf(ByteString key) => new() { RequestPut = new PutRequest { Key = key, Value = Value() } };

    private static RequestOp GetOf(ByteString key) => new() { RequestRange = new RangeRequest { Key = key } };

    private static RequestOp DeleteOf(ByteString key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = key } };
}
