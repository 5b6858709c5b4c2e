namespace Tenet.Ctl.Endpoints;

/// <summary>How well one endpoint serves.</summary>
/// <param name="Endpoint">Who was asked.</param>
/// <param name="Took">How long the request took that had to be agreed on.</param>
/// <param name="Error">What is wrong; empty if nothing.</param>
internal sealed record EndpointHealth(string Endpoint, TimeSpan Took, string Error)
{
    public bool IsHealthy => Error.Length == 0;
}
