namespace Tenet.CommandLine;

/// <summary>What is left of a command line after its flags, and how much of it stood before <c>--</c>.</summary>
internal readonly record struct ParsedArguments(IReadOnlyList<string> Arguments, int? BeforeDash);
