using Tenet.CommandLine;

namespace Tenet.Ctl.Connection;

/// <summary>Who the user says to be.</summary>
internal sealed record UserFlags(string? User, string? Password, string? Token)
{
    public static UserFlags Of(GlobalFlags flags, CommandConsole console)
    {
        if (flags.AuthJwtToken.Value is { Length: > 0 } token)
            return new(null, null, token);
        if (flags.User.Value is not { Length: > 0 } user)
            return new(null, null, null);
        if (flags.Password.Value is { Length: > 0 } password)
            return new(user, password, null);
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new(user, console.AskPassword("Password: "), null) : new(user[..colon], user[(colon + 1)..], null);
    }
}
