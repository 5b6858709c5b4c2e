namespace Tenet.Rpc.Gateway;

/// <summary>One path of the gateway and the call behind it.</summary>
/// <param name="Path">The HTTP path.</param>
/// <param name="Method">The method's path, as in the method table.</param>
internal sealed record GatewayBinding(string Path, string Method);
