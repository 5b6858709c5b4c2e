namespace Tenet.Client;

/// <summary>How a lease stands.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Granted">How long it lives without being kept alive.</param>
/// <param name="Remaining">How long it would live now, in whole seconds.</param>
/// <param name="Keys">The keys that go with it, if they were asked for.</param>
public sealed record LeaseStatus(long Id, TimeSpan Granted, TimeSpan Remaining, IReadOnlyList<ReadOnlyMemory<byte>> Keys);
