using Tenet.Protocol.Calls;

namespace Tenet.Rpc.Health;

/// <summary>The standard gRPC health service (contract/api.md, 3.6). Only the empty service name is known.</summary>
/// <param name="admit">Called for each call before it is answered; refuses by throwing, as a learner does. Null admits all.</param>
public sealed class HealthService(Action<CallContext>? admit = null)
{
    private readonly Action<CallContext>? _admit = admit;

    /// <summary>The rows for the method table.</summary>
    public IReadOnlyList<Method> Methods => throw new NotImplementedException($"{_admit}");

    /// <summary>Changes what is answered from now on and tells those who watch. Serving at first.</summary>
    public void SetServing(bool serving) => throw new NotImplementedException();
}
