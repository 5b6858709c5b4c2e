using Tenet.Client;
using Tenet.Client.Calls;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;

namespace Tenet.Ctl.Recipes;

/// <summary>What locks and elections have in common: waiting for a turn, and holding it.</summary>
internal static class Waiting
{
    private const string Canceled = "context canceled";

    /// <summary>Runs what waits; the ways in which that can fail become errors of the command.</summary>
    /// <exception cref="CommandException">It failed, or was interrupted.</exception>
    public static async Task<T> ForAsync<T>(Session session, Func<Task<T>> wait)
    {
        try
        {
            return await wait();
        }
        catch (CallException exception)
        {
            throw session.Judged(exception);
        }
        catch (OwnershipLostException exception)
        {
            throw new CommandException(ExitCode.Error, exception.Message, exception);
        }
        catch (OperationCanceledException exception)
        {
            throw new CommandException(ExitCode.Error, Canceled, exception);
        }
    }

    /// <summary>Holds until the user interrupts; throws if it is lost before.</summary>
    /// <exception cref="CommandException">It was lost.</exception>
    public static async Task HoldAsync(string lostText, CancellationToken lost, CancellationToken interrupted)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(lost, interrupted);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!interrupted.IsCancellationRequested)
            throw new CommandException(ExitCode.Error, lostText);
    }
}
