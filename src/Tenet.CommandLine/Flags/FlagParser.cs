namespace Tenet.CommandLine;

/// <summary>
/// Reads flags as etcd's tools do: two dashes before a name, one before a letter; letters may be run together, and the rest of such a
/// word is the last letter's value; a switch takes a value only after <c>=</c>; <c>--</c> ends the flags.
/// </summary>
internal sealed class FlagParser(Func<string, Flag?> byName, Func<char, Flag?> byShorthand, bool isInterspersed)
{
    private readonly List<string> _arguments = [];
    private IReadOnlyList<string> _words = [];
    private int _next;

    /// <exception cref="UsageException">A flag is not known, or its value is missing or wrong.</exception>
    public ParsedArguments Parse(IReadOnlyList<string> words)
    {
        _words = words;
        while (_next < words.Count)
        {
            string word = words[_next++];
            if (word is ['-', '-'])
            {
                int before = _arguments.Count;
                TakeRest();
                return new(_arguments, before);
            }
            if (word is ['-', '-', ..])
                ReadName(word);
            else if (word is ['-', _, ..])
                ReadLetters(word[1..]);
            else
            {
                _arguments.Add(word);
                if (!isInterspersed)
                    TakeRest();
            }
        }
        return new(_arguments, null);
    }

    private void TakeRest()
    {
        while (_next < _words.Count)
            _arguments.Add(_words[_next++]);
    }

    private void ReadName(string word)
    {
        string name = word[2..];
        if (name[0] is '-' or '=')
            throw new UsageException($"bad flag syntax: {word}");
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string? value = equals < 0 ? null : name[(equals + 1)..];
        if (equals >= 0)
            name = name[..equals];
        Flag flag = byName(name) ?? throw new UsageException($"unknown flag: --{name}");
        Set(flag, value ?? flag.Kind.Alone ?? NextWord() ?? throw new UsageException($"flag needs an argument: --{name}"));
    }

    private void ReadLetters(string letters)
    {
        for (int i = 0; i < letters.Length; i++)
        {
            Flag flag = byShorthand(letters[i]) ?? throw new UsageException($"unknown shorthand flag: {GoQuote.Letter(letters[i])} in -{letters[i..]}");
            string rest = letters[(i + 1)..];
            if (rest is not ['=', _, ..] && flag.Kind.Alone is { } alone)
            {
                Set(flag, alone);
                continue;
            }
            Set(flag, rest switch
            {
                ['=', _, ..] => rest[1..],
                { Length: > 0 } => rest,
                _ => NextWord() ?? throw new UsageException($"flag needs an argument: {GoQuote.Letter(letters[i])} in -{letters[i..]}"),
            });
            return;
        }
    }

    private string? NextWord() => _next < _words.Count ? _words[_next++] : null;

    private static void Set(Flag flag, string value)
    {
        if (flag.Set(value) is { } problem)
            throw new UsageException($"invalid argument {GoQuote.Text(value)} for \"{flag.Label}\" flag: {problem}");
    }
}
