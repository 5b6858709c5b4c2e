using Tenet.CommandLine;
using Tenet.Ctl.Watching;

namespace Tenet.Ctl.Tests;

public sealed class WatchOrderTests
{
    private static readonly WatchVariables None = new("", "");

    [Fact]
    public void What_follows_two_dashes_is_run_for_each_event()
    {
        WatchOrder order = Order(None, "a", "b", "--rev", "7", "--prev-kv", "--", "echo", "--rev", "1");
        Assert.Equal(("a", "b", 7L, true), (order.Request.Key.ToStringUtf8(), order.Request.RangeEnd.ToStringUtf8(), order.Request.StartRevision, order.Request.PrevKv));
        Assert.Equal(["echo", "--rev", "1"], order.Command);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("", "\0")]
    [InlineData("a\u007f", "a\u0080")]
    public void A_prefix_ends_where_the_next_begins(string prefix, string end)
    {
        WatchOrder order = Order(None, prefix, "--prefix");
        Assert.Equal(prefix.Length == 0 ? [0] : System.Text.Encoding.Latin1.GetBytes(prefix), order.Request.Key.ToByteArray());
        Assert.Equal(System.Text.Encoding.Latin1.GetBytes(end), order.Request.RangeEnd.ToByteArray());
    }

    [Fact]
    public void Variables_stand_for_the_arguments()
    {
        WatchOrder order = Order(new("k", "l"), "--", "true");
        Assert.Equal(("k", "l"), (order.Request.Key.ToStringUtf8(), order.Request.RangeEnd.ToStringUtf8()));
        Assert.Equal(["true"], order.Command);
    }

    [Theory]
    [InlineData("", "bad number of arguments")]
    [InlineData("", "bad number of arguments (found separator --, but no commands)", "a", "--")]
    [InlineData("", "`range_end` and `--prefix` are mutually exclusive", "a", "b", "--prefix")]
    [InlineData("k", "bad number of arguments (found conflicting environment key)", "a")]
    [InlineData("k", "bad number of arguments (found conflicting environment key)", "a", "--", "true")]
    public void Arguments_that_make_no_sense_are_refused(string variable, string error, params string[] words)
    {
        CommandException refusal = Assert.Throws<CommandException>(() => Order(new(variable, ""), words));
        Assert.Equal((ExitCode.BadArguments, error), (refusal.ExitCode, refusal.Message));
    }

    private static WatchOrder Order(WatchVariables variables, params string[] words)
    {
        FlagSet set = new();
        WatchFlags flags = new(set);
        return WatchOrder.Of(flags, set.Parse(words), variables);
    }
}
