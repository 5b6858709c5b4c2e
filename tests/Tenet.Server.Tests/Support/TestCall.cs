using Tenet.Protocol.Calls;

namespace Tenet.Server.Tests.Support;

/// <summary>A call as a transport would describe it.</summary>
internal sealed class TestCall : CallContext, IDisposable
{
    private readonly CancellationTokenSource _cancelled = new();

    public Dictionary<string, string> Headers { get; } = [];

    public override string Method => "/test";

    public override string Peer => "127.0.0.1:1";

    public string? Name { get; init; }

    public override string? CommonName => Name;

    public override CancellationToken Cancellation => _cancelled.Token;

    public override string? RequestHeader(string name) => Headers.GetValueOrDefault(name);

    public void Cancel() => _cancelled.Cancel();

    public void Dispose() => _cancelled.Dispose();
}
