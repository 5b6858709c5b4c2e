using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Tenet.Hosting.Services;

/// <summary>A member's <c>/livez</c> or <c>/readyz</c> as a health check of the host.</summary>
internal sealed class TenetHealthCheck(TenetServer server, bool ready) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (server.Failure.IsCompletedSuccessfully)
            return new HealthCheckResult(context.Registration.FailureStatus, await server.Failure);
        if (!server.Started.IsCompletedSuccessfully)
            return ready ? new HealthCheckResult(context.Registration.FailureStatus, "the member is starting") : HealthCheckResult.Healthy("the member is starting");
        TenetMember member = await server.Started;
        string? problem = ready ? await member.CheckReadyAsync(cancellationToken) : await member.CheckLiveAsync(cancellationToken);
        return problem is null ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, problem);
    }
}
