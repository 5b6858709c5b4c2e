using Tenet.Foundation.Files;

namespace Tenet.Foundation;

/// <summary>What a thread may ask for itself.</summary>
public static class CurrentThread
{
    /// <summary>Below all others, and yet with a tenth of a core if they take all of it.</summary>
    private const int Niceness = 10;

    /// <summary>
    /// If another thread waits for this processor, it runs first. A thread that yields to others has to ask for this now and then all the same: the kernel lets every thread finish
    /// its slice of some milliseconds before one that wakes up meanwhile gets its turn.
    /// </summary>
    public static void LetOthersGoFirst() => Thread.Yield();

    /// <summary>From now on this thread runs where others leave room. For work that nobody waits for in a hurry and that has a thread of its own.</summary>
    public static void YieldToOthers()
    {
        // Linux takes no notice of .NET's priorities.
        if (OperatingSystem.IsLinux())
            Posix.SetNiceness(Niceness);
        else
            Thread.CurrentThread.Priority = ThreadPriority.Lowest;
    }
}
