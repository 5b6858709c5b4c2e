using System.Collections;

namespace Tenet.CommandLine;

/// <summary>Flags by variables: <c>--dial-timeout</c> is also <c>PREFIX_DIAL_TIMEOUT</c>, but not both at once.</summary>
public static class EnvironmentFlags
{
    /// <summary>The variable of a flag.</summary>
    public static string Variable(string prefix, string flag) => $"{prefix}_{flag.ToUpperInvariant().Replace('-', '_')}";

    /// <summary>
    /// Sets the flags that were not given from their variables. A value that is no such thing leaves the default, as in etcd's tools;
    /// a variable with the prefix that no flag has is warned of.
    /// </summary>
    /// <param name="prefix">The first word of every variable.</param>
    /// <param name="flags">The flags.</param>
    /// <param name="variables">All variables of the process.</param>
    /// <param name="warnings">Where warnings go.</param>
    /// <param name="known">Variables that something else reads.</param>
    /// <exception cref="SilentExitException">A flag is given both ways; the line about it has been written.</exception>
    public static void Apply(string prefix, IEnumerable<Flag> flags, IDictionary variables, WarningLog warnings, params ReadOnlySpan<string> known)
    {
        HashSet<string> given = [];
        HashSet<string> used = [];
        foreach (Flag flag in flags)
        {
            string variable = Variable(prefix, flag.Name);
            if (flag.IsGiven)
                given.Add(variable);
            else if (variables[variable] is string { Length: > 0 } value)
            {
                used.Add(variable);
                flag.Set(value);
            }
        }
        foreach (DictionaryEntry entry in variables)
        {
            string variable = (string)entry.Key;
            if (used.Contains(variable) || known.Contains(variable))
                continue;
            if (given.Contains(variable))
            {
                warnings.Write("fatal", "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))", ("environment-variable", variable));
                throw new SilentExitException(ExitCode.Error);
            }
            if (variable.StartsWith(prefix + "_", StringComparison.Ordinal))
                warnings.Write("warn", "unrecognized environment variable", ("environment-variable", $"{variable}={entry.Value}"));
        }
    }
}
