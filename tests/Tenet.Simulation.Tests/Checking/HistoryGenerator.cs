using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;
using Tenet.Simulation.Checking;

namespace Tenet.Simulation.Tests.Checking;

/// <summary>Short random histories of a store that keeps its promises, and ways to spoil them.</summary>
internal sealed class HistoryGenerator(SeededRandom random)
{
    private readonly List<(IMessage Request, long Invoked, long Acts, long Completed)> _plan = [];
    private int _values;

    public KvModel Model { get; private set; } = new();

    public List<Operation> Operations { get; } = [];

    /// <summary>Operations overlap, take effect at a moment in between, and some are never answered; of those some take effect late or not at all.</summary>
    public HistoryGenerator Generate(int count)
    {
        for (int i = 0; i < count; i++)
        {
            long invoked = 1000 * random.Next(6 * count) + i;
            long length = 1000 * (1 + random.Next(12));
            _plan.Add((NewRequest(), invoked, invoked + 1 + random.Next((int)length - 2), invoked + length + count));
        }

        foreach ((IMessage request, long invoked, long acts, long completed) in _plan.OrderBy(static plan => plan.Acts))
        {
            var operation = new Operation { Request = request, Invoked = invoked, Client = Operations.Count };
            Operations.Add(operation);
            bool answered = random.Chance(0.7);
            if (!answered && random.Chance(0.5))
                continue;
            Execution execution = ModelExecution.Run(Model, request, Model.Revision);
            if (execution.Changes.Count > 0)
                Model.Append(execution.Changes);
            if (answered)
                operation.Answer(WithHeader(execution.Response!, Model.Revision), completed);
        }

        return this;
    }

    /// <summary>Changes one thing about the history; the result may be wrong, or right for another reason.</summary>
    public void Spoil()
    {
        int victim = random.Next(Operations.Count);
        Operation old = Operations[victim];
        long invoked = old.Invoked;
        long completed = old.Completed;
        IMessage? response = old.Response;
        switch (random.Next(5))
        {
            case 0:
                // Later than it was.
                long later = 1000 * random.Next(60);
                invoked += later;
                completed = completed == long.MaxValue ? completed : completed + later;
                break;
            case 1 when response is not null:
                response = WithHeader(CloneOf(response), Answers.Revision(response) + random.Next(-1, 2));
                break;
            case 2 when response is not null:
                // Of another operation of the same kind.
                response = Operations.Find(other => other.Response?.GetType() == response.GetType() && other != old)?.Response ?? response;
                break;
            case 3:
                response = null;
                completed = long.MaxValue;
                break;
            default:
                SpoilModel();
                return;
        }

        var spoilt = new Operation { Request = old.Request, Invoked = invoked, Client = old.Client };
        if (response is not null)
            spoilt.Answer(response, completed == long.MaxValue ? invoked + 5000 : completed);
        Operations[victim] = spoilt;
    }

    /// <summary>A revision is lost, or a put is there twice.</summary>
    private void SpoilModel()
    {
        if (Model.Revision < 2)
            return;
        var model = new KvModel();
        long victim = 2 + random.Next((int)Model.Revision - 1);
        bool doubled = random.Chance(0.5);
        for (long revision = 2; revision <= Model.Revision; revision++)
        {
            if (revision == victim && !doubled)
                continue;
            Replay(model, Model.ChangesAt(revision));
            if (revision == victim)
                Replay(model, Model.ChangesAt(revision));
        }

        Model = model;
    }

    private static void Replay(KvModel model, IReadOnlyList<Event> changes)
    {
        long at = model.Revision;
        var txn = new TxnRequest();
        foreach (Event change in changes)
        {
            txn.Success.Add(change.Type == Event.Types.EventType.Put
                ? new RequestOp { RequestPut = new PutRequest { Key = change.Kv.Key, Value = change.Kv.Value } }
                : new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = change.Kv.Key } });
        }

        Execution execution = ModelExecution.Run(model, txn, at);
        if (execution.Changes.Count > 0)
            model.Append(execution.Changes);
    }

    private ByteString Key() => ByteString.CopyFromUtf8(random.Next(2) == 0 ? "a" : "b");

    private ByteString Value() => ByteString.CopyFromUtf8($"v{_values++}");

    private IMessage NewRequest()
    {
        switch (random.Next(7))
        {
            case 0:
            case 1:
                return new PutRequest { Key = Key(), Value = Value(), PrevKv = random.Chance(0.3) };
            case 2:
                return new DeleteRangeRequest { Key = Key(), PrevKv = random.Chance(0.3) };
            case 3:
                return new DeleteRangeRequest { Key = ByteString.CopyFromUtf8("a"), RangeEnd = ByteString.CopyFromUtf8("c") };
            case 4:
                return new TxnRequest
                {
                    Compare = { new Compare { Key = Key(), Target = Compare.Types.CompareTarget.Version, Version = random.Next(2) } },
                    Success = { new RequestOp { RequestPut = new PutRequest { Key = Key(), Value = Value() } } },
                    Failure =
                    {
                        new RequestOp { RequestRange = new RangeRequest { Key = Key() } },
                        new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Key() } },
                    },
                };
            case 5:
                return new RangeRequest { Key = ByteString.CopyFromUtf8("a"), RangeEnd = ByteString.CopyFromUtf8("c"), Limit = random.Next(2) };
            default:
                return new RangeRequest { Key = Key() };
        }
    }

    private static IMessage CloneOf(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteArray());

    private static IMessage WithHeader(IMessage response, long revision)
    {
        var header = new ResponseHeader { Revision = revision };
        switch (response)
        {
            case RangeResponse range:
                range.Header = header;
                break;
            case PutResponse put:
                put.Header = header;
                break;
            case DeleteRangeResponse delete:
                delete.Header = header;
                break;
            case TxnResponse txn:
                txn.Header = header;
                break;
        }

        return response;
    }
}
