using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Ctl.Processes;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Watching;

/// <summary>Prints what a watch brings, and runs its command for every event.</summary>
internal sealed class WatchPrinter(Session session)
{
    /// <exception cref="SilentExitException">The command failed; that has been said.</exception>
    public async Task ShowAsync(WatchOrder order, WatchNews news)
    {
        CommandConsole console = session.Console;
        if (news.Canceled)
        {
            console.Error.Line($"watch was canceled ({news.Error})");
            console.Error.Flush();
        }
        if (news.IsProgress)
            console.Out.Line($"progress notify: {news.Header!.Revision}");
        session.Display.Show(WatchReports.News(news));
        if (order.Command.Count == 0)
            return;
        foreach (Event one in news.Events)
            await RunAsync(order.Command, news, one);
    }

    private async Task RunAsync(IReadOnlyList<string> command, WatchNews news, Event one)
    {
        ChildResult result = await ChildProcess.RunAsync(
            session.Console,
            command,
            [
                ("ETCD_WATCH_REVISION", $"{news.Header?.Revision ?? 0}"),
                ("ETCD_WATCH_EVENT_TYPE", GoQuote.Text(WatchReports.Name(one.Type))),
                ("ETCD_WATCH_KEY", GoQuote.Bytes(one.Kv.Key.Span)),
                ("ETCD_WATCH_VALUE", GoQuote.Bytes(one.Kv.Value.Span)),
            ]);
        if (result.Problem is not { } problem)
            return;
        session.Console.Error.Line($"command [{string.Join(' ', command.Select(GoQuote.Text))}] error ({problem})");
        throw new SilentExitException(ExitCode.Error);
    }
}
