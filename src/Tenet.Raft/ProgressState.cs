namespace Tenet.Raft;

/// <summary>How a leader sends entries to one member.</summary>
public enum ProgressState
{
    /// <summary>One message at a time, to find out where the logs agree.</summary>
    Probe = 0,

    /// <summary>As fast as the window allows.</summary>
    Replicate = 1,

    /// <summary>Not at all: a snapshot is on its way.</summary>
    Snapshot = 2,
}
