using System.Runtime.InteropServices;
using Tenet.CommandLine;
using Tenet.Foundation.Logging;

namespace Tenet.App.Proxies;

/// <summary>What both commands do around their work.</summary>
internal static class ProxyProcess
{
    /// <summary>Says on standard error why there is no start, in etcd's words alone.</summary>
    public static SilentExitException Refusal(Invocation invocation, string problem)
    {
        invocation.Console.Error.Line(problem);
        return new SilentExitException(ExitCode.Error);
    }

    /// <summary>Waits for a signal, or for whoever runs the command; the exit code.</summary>
    public static async Task<int> UntilStoppedAsync(Invocation invocation, ILog log)
    {
        TaskCompletionSource<PosixSignal> signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context) => context.Cancel = signalled.TrySetResult(context.Signal);

        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using CancellationTokenRegistration ended = invocation.Cancellation.Register(() => signalled.TrySetCanceled());
        try
        {
            PosixSignal signal = await signalled.Task;
            log.Info("received signal; shutting down", new LogField("signal", signal == PosixSignal.SIGTERM ? "terminated" : "interrupt"));
            return MemberProcess.ExitCode(signal);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Success;
        }
    }
}
