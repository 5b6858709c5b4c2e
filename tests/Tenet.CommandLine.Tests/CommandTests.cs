namespace Tenet.CommandLine.Tests;

public sealed class CommandTests
{
    private readonly SampleTool _tool = new();

    [Fact]
    public async Task The_beginning_of_a_name_is_enough_while_only_one_has_it()
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program, "sn", "r", "--data-dir", "d");
        Assert.Equal(new(5, "", "Error: broken\n"), run);
        Assert.Equal("d", _tool.DataDirectory.Value);
        Assert.StartsWith("Error: unknown command \"s\" for \"tool\"", (await ToolRun.OfAsync(_tool.Program, "s")).Error);
    }

    [Fact]
    public async Task An_unknown_command_is_told_with_what_may_have_been_meant()
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program, "gett", "a");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Error: unknown command \"gett\" for \"tool\"\n\nDid you mean this?\n\tget\n\nRun 'tool --help' for usage.\nagain: unknown command \"gett\" for \"tool\"\n\nDid you mean this?\n\tget\n\n",
            run.Error);
    }

    [Fact]
    public async Task A_required_flag_is_missed()
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program, "snapshot", "restore", "f");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("Error: required flag(s) \"data-dir\" not set\nUsage:\n  tool snapshot restore <file> [flags]\n", run.Error);
    }

    [Fact]
    public async Task A_group_shows_its_help_whatever_follows() => Assert.Equal(
        new(
            0,
            """
            Snapshots

            Usage:
              tool snapshot [command]

            Available Commands:
              restore     Restores a snapshot
              status      Tells of a snapshot

            Flags:
              -h, --help   help for snapshot

            Global Flags:
              -v, --verbose            say more
              -w, --write-out string   set the output format (default "simple")

            Use "tool snapshot [command] --help" for more information about a command.

            """,
            ""),
        await ToolRun.OfAsync(_tool.Program, "snapshot", "bogus"));

    [Fact]
    public async Task The_help_of_a_command_names_its_flags_their_values_and_defaults()
    {
        ToolRun byFlag = await ToolRun.OfAsync(_tool.Program, "get", "-h");
        Assert.Equal(
            """
            Gets a key

            Usage:
              tool get [options] <key> [flags]

            Flags:
              -h, --help            help for get
                  --limit int       Maximum number of results
                  --names strings   some names (default [one])
                  --wait long       how long to wait (default 2s)

            Global Flags:
              -v, --verbose            say more
              -w, --write-out string   set the output format (default "simple")

            """,
            byFlag.Out);
        Assert.Equal(byFlag, await ToolRun.OfAsync(new SampleTool().Program, "help", "get"));
    }

    [Fact]
    public async Task The_tool_lists_its_commands_but_not_hidden_ones()
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program);
        Assert.Contains("  get         Gets a key\n  help        Help about any command\n  snapshot    Snapshots\n", run.Out);
        Assert.DoesNotContain("secret", run.Out);
        Assert.Equal(9, (await ToolRun.OfAsync(_tool.Program, "secret")).ExitCode);
    }

    [Fact]
    public async Task A_help_topic_that_is_none_shows_the_usage_on_the_error_stream()
    {
        ToolRun run = await ToolRun.OfAsync(_tool.Program, "help", "foo");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Unknown help topic [`foo`]\nUsage:\n  tool [command]\n", run.Error);
    }

    [Fact]
    public async Task Groups_of_commands_stand_below_their_titles()
    {
        Command root = new("tool", "A tool.") { Groups = ["Keys", "Rest"] };
        root.Add(new Command("b", "Second") { Group = "Rest", Run = static _ => Task.FromResult(0) }, new Command("a", "First") { Group = "Keys", Run = static _ => Task.FromResult(0) });
        root.Help.IsHidden = true;
        CommandProgram program = new(root, "Rest") { HelpEnding = "The end.\n" };
        Assert.Equal(
            """
            A tool.

            Usage:
              tool [command]

            Keys
              a           First

            Rest
              b           Second
              help        Help about any command

            Use "tool [command] --help" for more information about a command.
            The end.

            """,
            (await ToolRun.OfAsync(program, "--help")).Out);
    }

    [Fact]
    public async Task Where_flags_end_with_the_first_argument_the_rest_is_left_alone()
    {
        Invocation? seen = null;
        Command root = new("tool", "A tool.");
        root.Add(new Command("run <command>", "Runs")
        {
            IsInterspersed = false,
            Run = invocation =>
            {
                seen = invocation;
                return Task.FromResult(0);
            },
        });
        await ToolRun.OfAsync(new CommandProgram(root), "run", "sh", "-c", "exit");
        Assert.Equal(["sh", "-c", "exit"], seen!.Arguments);
    }
}
