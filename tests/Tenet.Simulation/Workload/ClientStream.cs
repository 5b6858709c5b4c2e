using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Server;
using Tenet.Simulation.Worlds;

namespace Tenet.Simulation.Workload;

/// <summary>
/// A client's side of a stream to a member. What is sent arrives in order, each way; what the member wrote before it died still arrives.
/// Callbacks run as the client.
/// </summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TReply">What the member writes.</typeparam>
/// <typeparam name="TMessage">What the client gets: the reply as a message.</typeparam>
internal sealed class ClientStream<TRequest, TReply, TMessage>(
    World world, ClientPort port, Func<TReply, TMessage> convert, Action<TMessage> received, Action<EtcdError?> ended)
    : IRequestReader<TRequest>, IResponseWriter<TReply>
    where TRequest : class
{
    private readonly SimCall _call = new();
    private readonly Queue<TRequest> _requests = new();
    private TaskCompletionSource<TRequest?>? _reader;
    private SimProcess? _server;
    private long _lastThere;
    private long _lastBack;
    private bool _ended;

    /// <summary>Calls the member; the stream ends at once if it is not there.</summary>
    public void Open(SimMember target, Func<Member, ClientStream<TRequest, TReply, TMessage>, CallContext, Task> method)
    {
        _lastThere = world.Now + port.Delay();
        world.At(_lastThere, () =>
        {
            _server = target.Process;
            if (_server is not { IsOver: false, Member: { } member })
            {
                PlanEnd(null);
                return;
            }

            _server.OnEnd(Broken);
            _server.Run(() => InvokeAsync(member, method).ContinueWith(
                OnEnded, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
        });
    }

    public void Send(TRequest request)
    {
        _lastThere = Math.Max(_lastThere, world.Now + port.Delay());
        world.At(_lastThere, () => _server?.Run(() =>
        {
            if (_reader is { } reader)
            {
                _reader = null;
                reader.TrySetResult(request);
            }
            else
            {
                _requests.Enqueue(request);
            }
        }));
    }

    /// <summary>The client goes away; it hears nothing any more.</summary>
    public void Close()
    {
        _ended = true;
        _server?.ForgetEnding(Broken);
        world.After(port.Delay(), () => _server?.Run(_call.Cancel));
    }

    ValueTask<TRequest?> IRequestReader<TRequest>.ReadAsync(CancellationToken cancellation)
    {
        if (_requests.TryDequeue(out TRequest? request))
            return new(request);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<TRequest?>(cancellation);
        var reader = new TaskCompletionSource<TRequest?>();
        _reader = reader;
        cancellation.UnsafeRegister(static (source, token) => ((TaskCompletionSource<TRequest?>)source!).TrySetCanceled(token), reader);
        return new(reader.Task);
    }

    ValueTask IResponseWriter<TReply>.WriteAsync(TReply message, CancellationToken cancellation, bool moreFollows)
    {
        TMessage arriving = convert(message);
        _lastBack = Math.Max(_lastBack, world.Now + port.Delay());
        world.At(_lastBack, () =>
        {
            if (!_ended)
                world.Clients.Within(() => received(arriving));
        });

        // Now and then the client's window is full: the member has to wait.
        if (!port.IsSlow)
            return default;
        var room = new TaskCompletionSource();
        cancellation.UnsafeRegister(static (source, token) => ((TaskCompletionSource)source!).TrySetCanceled(token), room);
        SimProcess server = _server!;
        world.After(TimeSpan.TicksPerMillisecond * 300, () => server.Run(() => room.TrySetResult()));
        return new(room.Task);
    }

    private async Task InvokeAsync(Member member, Func<Member, ClientStream<TRequest, TReply, TMessage>, CallContext, Task> method) =>
        await method(member, this, _call);

    private void Broken() => PlanEnd(null);

    private void OnEnded(Task task)
    {
        _server!.ForgetEnding(Broken);
        switch (task.Exception?.InnerException)
        {
            case null or OperationCanceledException or PowerCutException:
                PlanEnd(null);
                break;
            case RefusalException refusal:
                PlanEnd(refusal.Error);
                break;
            case { } other:
                world.Fail($"a stream threw what is no refusal: {other}");
                break;
        }
    }

    private void PlanEnd(EtcdError? error)
    {
        _lastBack = Math.Max(_lastBack, world.Now + port.Delay());
        world.At(_lastBack, () =>
        {
            if (_ended)
                return;
            _ended = true;
            world.Clients.Within(() => ended(error));
        });
    }
}
