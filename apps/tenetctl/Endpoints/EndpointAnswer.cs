namespace Tenet.Ctl.Endpoints;

/// <summary>What one endpoint answered.</summary>
internal sealed record EndpointAnswer<T>(string Endpoint, T Answer);
