using Tenet.Protocol.Health;

namespace Tenet.Client.Calls.Methods;

/// <summary>The methods of <c>grpc.health.v1.Health</c>.</summary>
public static class HealthMethods
{
    /// <summary><c>/grpc.health.v1.Health/Check</c></summary>
    public static ClientMethod<HealthCheckRequest, HealthCheckResponse> Check { get; } = ClientMethod.Of<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Check");

    /// <summary><c>/grpc.health.v1.Health/Watch</c></summary>
    public static ClientMethod<HealthCheckRequest, HealthCheckResponse> Watch { get; } = ClientMethod.Of<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Watch");
}
