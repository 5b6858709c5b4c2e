using System.Buffers;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Calls;

/// <summary>A call with streams both ways on one channel.</summary>
internal sealed class DuplexCall<TRequest, TResponse> : IDuplexCall<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly ClientMethod<TRequest, TResponse> _method;
    private readonly ChannelOptions _limits;
    private readonly StreamedContent _content;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _stop;
    private readonly Task<HttpResponseMessage> _response;
    private readonly long? _deadline;
    private MessageReader? _reader;
    private bool _disposed;

    /// <summary>Opens the call: the request is under way when this returns.</summary>
    public DuplexCall(
        ClientMethod<TRequest, TResponse> method,
        ChannelOptions limits,
        TimeSpan? timeout,
        HttpMessageInvoker http,
        HttpRequestMessage message,
        StreamedContent content,
        CancellationToken cancellation)
    {
        (_method, _limits, _content, _caller) = (method, limits, content, cancellation);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout is { } limit)
        {
            _deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
            _stop.CancelAfter(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        }
        _response = OpenAsync(http, message);
    }

    /// <summary>Completes when the call has a connection; fails as the call fails. Nothing that was written has been sent before.</summary>
    public Task Opened => _content.Opened;

    public async Task WriteAsync(TRequest request, CancellationToken cancellation = default)
    {
        byte[] frame = MessageWriter.Rent(_method.RequestCodec, request, _limits.SendBytesMax, out int length);
        using CancellationTokenRegistration registration = StopWith(cancellation);
        try
        {
            Stream stream = await _content.Opened.ConfigureAwait(false);
            await stream.WriteAsync(frame.AsMemory(0, length), _stop.Token).ConfigureAwait(false);
            await stream.FlushAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ObjectDisposedException or OperationCanceledException && !_stop.IsCancellationRequested)
        {
            throw new CallException(StatusCode.Cancelled, "the call has ended", failure);
        }
        catch (Exception failure) when (failure is not CallException)
        {
            throw Translate(failure, cancellation);
        }
        ArrayPool<byte>.Shared.Return(frame);
    }

    /// <summary>Sends a message; false if the call has ended already: the next read says how.</summary>
    public async Task<bool> TryWriteAsync(TRequest request, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(request, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (CallException failure) when (!failure.NeverSent)
        {
            return false;
        }
    }

    public Task CompleteAsync()
    {
        _content.Complete();
        return Task.CompletedTask;
    }

    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = StopWith(cancellation);
        try
        {
            HttpResponseMessage response = await _response.ConfigureAwait(false);
            _reader ??= new MessageReader(await response.Content.ReadAsStreamAsync(_stop.Token).ConfigureAwait(false), _limits.ReceiveBytesMax);
            if (await _reader.ReadAsync(_method.ResponseCodec, _stop.Token).ConfigureAwait(false) is { } message)
                return message;
            _content.Complete();
            if (CallStatus.AtEnd(response) is { } status)
                throw status;
            return _reader.EndedInside ? throw new CallException(StatusCode.Internal, "unexpected EOF") : null;
        }
        catch (Exception failure) when (failure is not CallException)
        {
            throw Translate(failure, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        _content.Fail(new CallException(StatusCode.Cancelled, "context canceled"));
        await ((Task)_response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_response.IsCompletedSuccessfully)
            (await _response.ConfigureAwait(false)).Dispose();
        // The reader's buffer is left to the garbage collector: a read may still be under way.
        _stop.Dispose();
    }

    private async Task<HttpResponseMessage> OpenAsync(HttpMessageInvoker http, HttpRequestMessage message)
    {
        try
        {
            HttpResponseMessage response = await http.SendAsync(message, _stop.Token).ConfigureAwait(false);
            try
            {
                CallStatus.CheckHead(response);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
        catch (Exception failure)
        {
            Exception told = failure is CallException ? failure : Translate(failure, CancellationToken.None);
            _content.Fail(told);
            throw told;
        }
    }

    private CancellationTokenRegistration StopWith(CancellationToken cancellation) =>
        cancellation.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);

    private Exception Translate(Exception failure, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return new OperationCanceledException(failure.Message, failure, cancellation);
        if (_caller.IsCancellationRequested)
            return new OperationCanceledException(failure.Message, failure, _caller);
        if (_disposed)
            return new CallException(StatusCode.Cancelled, "context canceled", failure);
        if (_deadline is { } deadline && Environment.TickCount64 >= deadline && failure is OperationCanceledException)
            return CallStatus.DeadlineExceeded(failure);
        return CallStatus.FromFailure(failure);
    }
}
