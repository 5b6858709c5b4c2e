namespace Tenet.CommandLine;

/// <summary>What is left of a command line after its flags.</summary>
/// <param name="Arguments">The arguments.</param>
/// <param name="BeforeDash">How many of them stand before a <c>--</c>; null if there was none.</param>
public readonly record struct ParsedArguments(IReadOnlyList<string> Arguments, int? BeforeDash);
