using Tenet.CommandLine;
using Tenet.Ctl.Endpoints;
using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Tests.Administration;

public sealed class EndpointReportTests
{
    private static readonly ResponseHeader Header = new() { ClusterId = 1, MemberId = 0xab, Revision = 5, RaftTerm = 2 };

    private static readonly EndpointAnswer<StatusResponse> Status = new("127.0.0.1:2379", new()
    {
        Header = Header,
        Version = "3.7.1",
        StorageVersion = "3.7.0",
        DbSize = 40960,
        DbSizeInUse = 10240,
        DbSizeQuota = 2147483648,
        Leader = 0xab,
        RaftIndex = 9,
        RaftTerm = 2,
        RaftAppliedIndex = 8,
        Errors = { "one", "two" },
        DowngradeInfo = new() { Enabled = true, TargetVersion = "3.6.0" },
    });

    [Fact]
    public void The_status_has_the_columns_of_3_7()
    {
        Report report = EndpointReports.Status([Status]);
        Assert.Equal(
            "127.0.0.1:2379, ab, 3.7.1, 3.7.0, 41 kB, 10 kB, 75%, 2.1 GB, true, false, 2, 9, 8, one, two, 3.6.0, true\n",
            Printed.As(OutputFormat.Simple, report));
        Assert.Equal(
            """[{"Endpoint":"127.0.0.1:2379","Status":{"header":{"cluster_id":1,"member_id":171,"revision":5,"raft_term":2},"version":"3.7.1","dbSize":40960,"leader":171,"raftIndex":9,"raftTerm":2,"raftAppliedIndex":8,"errors":["one","two"],"dbSizeInUse":10240,"storageVersion":"3.7.0","dbSizeQuota":2147483648,"downgradeInfo":{"enabled":true,"targetVersion":"3.6.0"}}}]""" + "\n",
            Printed.As(OutputFormat.Json, report));
        Assert.Equal(
            """
            "ClusterID" : 1
            "MemberID" : 171
            "Revision" : 5
            "RaftTerm" : 2
            "Version" : "3.7.1"
            "StorageVersion" : "3.7.0"
            "DBSize" : 40960
            "DBSizeInUse" : 10240
            "DBSizeQuota" : 2147483648
            "Leader" : 171
            "IsLearner" : false
            "RaftIndex" : 9
            "RaftTerm" : 2
            "RaftAppliedIndex" : 8
            "Errors" : [one two]
            "Endpoint" : "127.0.0.1:2379"
            "DowngradeTargetVersion" : "3.6.0"
            "DowngradeEnabled" : true


            """,
            Printed.As(OutputFormat.Fields, report));
        Assert.StartsWith("┌", Printed.As(OutputFormat.Table, report));
        Assert.Contains("│ PERCENTAGE NOT IN USE │", Printed.As(OutputFormat.Table, report));
    }

    [Fact]
    public void Nobody_who_answered_is_null_in_json() => Assert.Equal("null\n", Printed.As(OutputFormat.Json, EndpointReports.Status([])));

    [Fact]
    public void A_hash_comes_with_its_revision()
    {
        Report report = EndpointReports.HashKV([new("e", new() { Header = Header, Hash = 7, HashRevision = 5, CompactRevision = -1 })]);
        Assert.Equal("e, 7, 5\n", Printed.As(OutputFormat.Simple, report));
        Assert.Equal("""[{"Endpoint":"e","HashKV":{"header":{"cluster_id":1,"member_id":171,"revision":5,"raft_term":2},"hash":7,"compact_revision":-1,"hash_revision":5}}]""" + "\n", Printed.As(OutputFormat.Json, report));
        CommandException refusal = Assert.Throws<CommandException>(() => Printed.As(OutputFormat.Protobuf, report));
        Assert.Equal((ExitCode.BadFeature, "protobuf not supported as output format"), (refusal.ExitCode, refusal.Message));
    }

    [Fact]
    public void Who_is_not_well_is_told_on_the_error_stream_unless_a_format_holds_it()
    {
        using MemoryStream errors = new();
        OutputWriter writer = new(errors);
        Report report = EndpointReports.Health([new("a", TimeSpan.FromMilliseconds(2.5), ""), new("b", TimeSpan.FromSeconds(5), "context deadline exceeded")], writer);
        Assert.Equal("a is healthy: successfully committed proposal: took = 2.5ms\n", Printed.As(OutputFormat.Simple, report));
        writer.Flush();
        Assert.Equal("b is unhealthy: failed to commit proposal: context deadline exceeded\n", System.Text.Encoding.UTF8.GetString(errors.ToArray()));
        Assert.Equal(
            """[{"endpoint":"a","health":true,"took":"2.5ms"},{"endpoint":"b","health":false,"took":"5s","error":"context deadline exceeded"}]""" + "\n",
            Printed.As(OutputFormat.Json, report));
    }
}
