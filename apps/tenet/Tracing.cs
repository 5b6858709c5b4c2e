using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Tenet.Foundation.Logging;

namespace Tenet.App;

/// <summary>What the flags say of distributed tracing.</summary>
/// <param name="Address">Where a collector takes OTLP over gRPC: host:port.</param>
/// <param name="ServiceName">The name of all members to the collector.</param>
/// <param name="InstanceId">The name of this one; empty for none.</param>
/// <param name="SamplesPerMillion">Calls traced among a million that come without a caller's decision.</param>
internal sealed record TracingSettings(Uri Address, string ServiceName, string InstanceId, int SamplesPerMillion);

/// <summary>Sends the spans of calls to a collector while it lives. A caller's decision in <c>traceparent</c> is followed, as in etcd.</summary>
internal static class Tracing
{
    private const double Million = 1_000_000;

    public static TracerProvider? Start(TracingSettings? settings, ILog log)
    {
        if (settings is null)
            return null;
        Sampler own = settings.SamplesPerMillion == 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(settings.SamplesPerMillion / Million);
        ResourceBuilder resource = ResourceBuilder.CreateEmpty()
            .AddService(settings.ServiceName, autoGenerateServiceInstanceId: false, serviceInstanceId: settings.InstanceId.Length > 0 ? settings.InstanceId : null);
        log.Debug(
            "distributed tracing enabled",
            new("address", settings.Address.Authority),
            new("service-name", settings.ServiceName),
            new("service-instance-id", settings.InstanceId),
            new("sampling-rate", settings.SamplesPerMillion));
        return Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(own))
            .AddSource("Tenet.*")
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = settings.Address;
                exporter.Protocol = OtlpExportProtocol.Grpc;
            })
            .Build();
    }
}
