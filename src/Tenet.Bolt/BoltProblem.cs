namespace Tenet.Bolt;

/// <summary>One thing that a consistency check found wrong.</summary>
/// <param name="Page">The page it was found on.</param>
/// <param name="Offset">Where that page begins in the file; of a page beyond the file, where the file's pages end.</param>
/// <param name="Text">What is wrong, in bbolt's words where bbolt has them.</param>
public readonly record struct BoltProblem(ulong Page, long Offset, string Text);
