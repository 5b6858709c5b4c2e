namespace Tenet.Rpc.Http;

/// <summary>One page: an exact path and how it is answered, for every HTTP method (<see cref="EndpointReply.MethodNotAllowed"/>).</summary>
/// <param name="Path">The path, without query.</param>
/// <param name="Answer">Answers one request.</param>
public sealed record HttpEndpoint(string Path, Func<EndpointRequest, ValueTask<EndpointReply>> Answer);
