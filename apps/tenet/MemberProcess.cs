using System.Runtime.InteropServices;
using OpenTelemetry.Trace;
using Tenet.Foundation;
using Tenet.Foundation.Logging;
using Tenet.Hosting;
using Tenet.Server;

namespace Tenet.App;

/// <summary>Runs one member until a signal, <c>stop</c> or its own failure ends it.</summary>
internal static class MemberProcess
{
    private const int Failed = 1;

    public static async Task<int> RunAsync(TenetOptions options, TracingSettings? tracing, ILog log, CancellationToken stop)
    {
        using TracerProvider? spans = Tracing.Start(tracing, log);
        TaskCompletionSource<PosixSignal> signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context)
        {
            // The first signal asks for a clean stop; a second one means it, and takes its default action.
            context.Cancel = signalled.TrySetResult(context.Signal);
        }

        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using CancellationTokenRegistration stopped = stop.Register(() => signalled.TrySetResult(PosixSignal.SIGTERM));
        using CancellationTokenSource starting = new();
        Task<TenetMember> start = TenetMember.StartAsync(options, log, starting.Token);
        if (await Task.WhenAny(start, signalled.Task) == signalled.Task)
            await starting.CancelAsync();
        TenetMember member;
        try
        {
            member = await start;
        }
        catch (OperationCanceledException)
        {
            return ExitCode(signalled.Task.Result);
        }
        catch (Exception problem) when (problem is MemberStartException or CorruptionException or IOException or UnauthorizedAccessException)
        {
            log.Warn("failed to start etcd", new LogField("error", problem.Message));
            log.Fatal("discovery failed", new LogField("error", problem.Message));
            return Failed;
        }
        await using (member)
        {
            ReadyNotification.Send(log);
            if (await Task.WhenAny(signalled.Task, member.Failure) == member.Failure)
            {
                log.Fatal("member stopped", new LogField("error", await member.Failure));
                return Failed;
            }
            PosixSignal signal = await signalled.Task;
            log.Info("received signal; shutting down", new LogField("signal", signal == PosixSignal.SIGTERM ? "terminated" : "interrupt"));
            await member.StopAsync();
            return ExitCode(signal);
        }
    }

    /// <summary>What a shell reports for a process that the signal ended; process 1 of a container ends with 0, as etcd does.</summary>
    public static int ExitCode(PosixSignal signal) => Environment.ProcessId == 1 ? 0 : signal == PosixSignal.SIGTERM ? 143 : 130;
}
