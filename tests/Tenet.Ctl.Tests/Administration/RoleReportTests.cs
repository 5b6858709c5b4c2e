using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Output;
using Tenet.Ctl.Users;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Tests.Administration;

public sealed class RoleReportTests
{
    [Fact]
    public void Ranges_are_told_as_prefixes_where_they_are_such()
    {
        AuthRoleGetResponse response = new()
        {
            Perm =
            {
                Grant(Permission.Types.Type.Read, "a", ""),
                Grant(Permission.Types.Type.Readwrite, "p/", "p0"),
                Grant(Permission.Types.Type.Write, "b", "d"),
                Grant(Permission.Types.Type.Read, "q", "\0"),
            },
        };
        Assert.Equal("Role r1\nKV Read:\n\ta\n\t[p/, p0) (prefix p/)\n\t[q, <open ended>\nKV Write:\n\t[p/, p0) (prefix p/)\n\t[b, d)\n", Printed.As(OutputFormat.Simple, RoleReports.Role("r1", response)));
        Assert.Contains("\"PermType\" :  READWRITE\n\"Key\" : \"p/\"\n\"RangeEnd\" : \"p0\"\n", Printed.As(OutputFormat.Fields, RoleReports.Role("r1", response)));
    }

    [Fact]
    public void Root_may_do_everything_without_a_permission() =>
        Assert.Equal("Role root\nKV Read:\n\t[, <open ended>\nKV Write:\n\t[, <open ended>\n", Printed.As(OutputFormat.Simple, RoleReports.Role("root", new())));

    [Fact]
    public void Roles_in_fields_stand_in_one_line() =>
        Assert.EndsWith("\"Roles\" : \"a\" \"b\\n\"\n", Printed.As(OutputFormat.Fields, RoleReports.List(new() { Roles = { "a", "b\n" } })));

    [Theory]
    [InlineData(new string[0], "a", "a", "")]
    [InlineData(new[] { "--prefix" }, "a", "a", "b")]
    [InlineData(new[] { "--from-key" }, "a", "a", "\0")]
    [InlineData(new string[0], "a z", "a", "z")]
    [InlineData(new[] { "--prefix" }, "", "\0", "\0")]
    [InlineData(new string[0], "", "\0", "")]
    public void Arguments_and_flags_make_the_keys_of_a_permission(string[] flags, string arguments, string key, string end)
    {
        FlagSet set = new();
        PermissionRange range = new(set, "grant");
        set.Parse(flags);
        Assert.Equal((ByteString.CopyFromUtf8(key), ByteString.CopyFromUtf8(end)), range.Of(arguments.Split(' ')));
    }

    [Theory]
    [InlineData(new[] { "--prefix", "--from-key" }, "a", "--from-key and --prefix flags are mutually exclusive")]
    [InlineData(new[] { "--prefix" }, "a b", "unexpected endkey argument with --prefix flag")]
    [InlineData(new[] { "--from-key" }, "a b", "unexpected endkey argument with --from-key flag")]
    public void Contradictions_are_refused(string[] flags, string arguments, string message)
    {
        FlagSet set = new();
        PermissionRange range = new(set, "grant");
        set.Parse(flags);
        CommandException refusal = Assert.Throws<CommandException>(() => range.Of(arguments.Split(' ')));
        Assert.Equal((ExitCode.BadArguments, message), (refusal.ExitCode, refusal.Message));
    }

    [Fact]
    public void A_prefix_of_nothing_but_the_highest_byte_has_no_end() =>
        Assert.Equal(KeyRanges.Zero, KeyRanges.PrefixEnd(ByteString.CopyFrom(0xFF, 0xFF)));

    private static Permission Grant(Permission.Types.Type type, string key, string end) =>
        new() { PermType = type, Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) };
}
