namespace Tenet.CommandLine;

/// <summary>The flags of a command as the help lists them, for commands that show some themselves.</summary>
public static class FlagHelp
{
    /// <summary>One line a flag, by name, hidden ones too.</summary>
    public static string All(FlagSet flags)
    {
        List<Flag> hidden = [.. flags.All.Where(static flag => flag.IsHidden)];
        hidden.ForEach(static flag => flag.IsHidden = false);
        string text = UsageText.FlagLines(flags.All);
        hidden.ForEach(static flag => flag.IsHidden = true);
        return text;
    }
}
