namespace Tenet.Client;

/// <summary>The answer to a put.</summary>
/// <param name="Revision">The revision of this change.</param>
/// <param name="Previous">What was there before, if it was asked for and there was something.</param>
public readonly record struct PutResult(long Revision, KeyValue? Previous);
