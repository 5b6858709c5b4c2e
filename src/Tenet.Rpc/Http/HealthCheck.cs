namespace Tenet.Rpc.Http;

/// <summary>One question about the member's health: null is well, else the text says what is wrong.</summary>
internal sealed record HealthCheck(string Name, Func<CancellationToken, ValueTask<string?>> AskAsync);
