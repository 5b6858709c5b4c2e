using Tenet.CommandLine;

namespace Tenet.Ctl.Users;

/// <summary>A password that is to be a user's: typed twice, or the first word of the input.</summary>
internal static class NewPassword
{
    /// <exception cref="CommandException">There is none, or the two differ.</exception>
    public static string Read(CommandConsole console, string user, bool isInteractive)
    {
        if (!isInteractive)
            return FirstWord(console.In.ReadLine());
        string password = console.AskPassword($"Password of {user}: ");
        if (password.Length == 0)
            throw new CommandException(ExitCode.BadArguments, "empty password");
        return console.AskPassword($"Type password of {user} again for confirmation: ") == password
            ? password
            : throw new CommandException(ExitCode.BadArguments, "given passwords are different");
    }

    private static string FirstWord(string? line) => line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
}
