using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>Who the user says to be.</summary>
internal sealed record UserFlags(string? User, string? Password, string? Token)
{
    public static UserFlags Of(GlobalFlags flags, CommandConsole console) => flags.AuthJwtToken.Value is { Length: > 0 } token
        ? new(null, null, token)
        : Of(flags.User.Value, flags.Password.Value, "Password: ", console);

    /// <summary>The password stands beside the user, after the user, or is asked for.</summary>
    public static UserFlags Of(string user, string password, string prompt, CommandConsole console)
    {
        if (user.Length == 0)
            return new(null, null, null);
        if (password.Length > 0)
            return new(user, password, null);
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new(user, console.AskPassword(prompt), null) : new(user[..colon], user[(colon + 1)..], null);
    }
}
