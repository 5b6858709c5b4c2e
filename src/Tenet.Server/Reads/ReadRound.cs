namespace Tenet.Server.Reads;

/// <summary>One agreement on a read index that any number of readers share.</summary>
internal sealed class ReadRound(bool completeOnPool)
    : TaskCompletionSource<Protocol.Errors.EtcdError?>(completeOnPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None)
{
    /// <summary>Somebody waits for it. Set under the lock of <see cref="LinearizableReads"/>.</summary>
    public bool Wanted { get; set; }

    /// <summary>When the round was asked for, as a timestamp.</summary>
    public long StartedAt { get; set; }

    /// <summary>The agreed index.</summary>
    public ulong Index { get; set; }
}
