using System.Diagnostics;

namespace Tenet.CommandLine.Tests;

public sealed class CompletionTests
{
    private readonly SampleTool _tool = new();

    [Theory]
    [InlineData("get\tGets a key\n:4\n", "__complete", "g")]
    [InlineData("get\n:4\n", "__completeNoDesc", "g")]
    [InlineData("restore\nstatus\n:4\n", "__completeNoDesc", "snapshot", "")]
    [InlineData("--limit\tMaximum number of results\n:4\n", "__complete", "get", "--l")]
    [InlineData(":0\n", "__complete", "get", "--limit", "")]
    [InlineData("json\n:0\n", "__complete", "get", "-w", "j")]
    [InlineData("--write-out=json\n:0\n", "__complete", "get", "--write-out=j")]
    [InlineData(":0\n", "__complete", "get", "")]
    public async Task The_shell_is_told_how_a_word_may_go_on(string offers, params string[] words)
    {
        _tool.WriteOut.Words = ["simple", "json"];
        Assert.Equal(new(0, offers, ""), await ToolRun.OfAsync(_tool.Program, words));
    }

    [Theory]
    [InlineData("Error: accepts 1 arg(s), received 0\n", "completion")]
    [InlineData("Error: invalid argument \"ksh\" for \"tool completion\"\n", "completion", "ksh")]
    public async Task Only_known_shells_have_a_script(string error, params string[] words)
    {
        ToolRun run = await ToolRun.OfAsync(WithCompletion(), words);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(error, run.Error);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public async Task Each_script_asks_the_tool(string shell)
    {
        ToolRun run = await ToolRun.OfAsync(WithCompletion(), "completion", shell);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("__complete", run.Out);
        Assert.DoesNotContain("TOOL", run.Out);
    }

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        if (!File.Exists("/bin/bash"))
            return;
        string script = (await ToolRun.OfAsync(WithCompletion(), "completion", "bash")).Out;
        ProcessStartInfo start = new("/bin/bash", ["--norc", "-c", $$"""
            {{script}}
            tool() { [ "$*" = "__completeNoDesc sn" ] && printf 'snapshot\n:4\n'; }
            COMP_WORDS=(tool sn) COMP_CWORD=1
            __tool_complete
            printf '<%s>' "${COMPREPLY[@]}"
            """])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process bash = Process.Start(start)!;
        Assert.Equal("<snapshot>", await bash.StandardOutput.ReadToEndAsync());
        await bash.WaitForExitAsync();
    }

    private static CommandProgram WithCompletion()
    {
        Command root = new("tool", "A tool.");
        root.Add(CompletionCommand.Create("tool"));
        return new(root);
    }
}
