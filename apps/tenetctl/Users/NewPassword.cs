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
        string password = Ask(console, $"Password of {user}: ");
        if (password.Length == 0)
            throw new CommandException(ExitCode.BadArguments, "empty password");
        return Ask(console, $"Type password of {user} again for confirmation: ") == password
            ? password
            : throw new CommandException(ExitCode.BadArguments, "given passwords are different");
    }

    private static string Ask(CommandConsole console, string prompt)
    {
        try
        {
            return console.AskPassword(prompt);
        }
        catch (CommandException exception)
        {
            throw new CommandException(ExitCode.BadArguments, $"failed to ask password: {exception.Message}", exception);
        }
    }

    private static string FirstWord(string? line) => line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
}
