namespace Tenet.Server.Loops;

/// <summary>
/// One loop of the member without its thread: a bounded piece of work at a time. A <see cref="LoopThread"/> calls it in production;
/// a simulation calls it in an order of its own.
/// </summary>
public interface ITurn
{
    /// <summary>The loop's name, for thread names and traces.</summary>
    string Name { get; }

    /// <summary>Does a bounded amount of work.</summary>
    /// <returns>False if there was nothing to do.</returns>
    bool RunTurn();

    /// <summary>
    /// When the loop wants to run although nobody wakes it, as a timestamp of the member's clock; <see cref="long.MaxValue"/> for never.
    /// </summary>
    long WakeAt { get; }
}
