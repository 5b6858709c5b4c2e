using Google.Protobuf;
using Tenet.CommandLine;
using Tenet.Ctl.Output;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Endpoints;

/// <summary>Results of commands that ask endpoints one by one.</summary>
internal static class EndpointReports
{
    private static readonly string[] StatusTitles =
    [
        "endpoint", "ID", "version", "storage version", "db size", "in use", "percentage not in use", "quota", "is leader", "is learner", "raft term",
        "raft index", "raft applied index", "errors", "downgrade target version", "downgrade enabled",
    ];

    /// <param name="list">How each endpoint is.</param>
    /// <param name="errors">Where the simple format tells of those that are not well.</param>
    public static Report Health(IReadOnlyList<EndpointHealth> list, OutputWriter errors) => new()
    {
        Simple = writer =>
        {
            foreach (EndpointHealth health in list)
            {
                if (health.IsHealthy)
                    writer.Line($"{health.Endpoint} is healthy: successfully committed proposal: took = {GoDuration.Format(health.Took)}");
                else
                    errors.Line($"{health.Endpoint} is unhealthy: failed to commit proposal: {health.Error}");
            }
        },
        Fields = writer =>
        {
            foreach (EndpointHealth health in list)
            {
                writer.Quoted("Endpoint", health.Endpoint);
                writer.Value("Health", health.IsHealthy);
                writer.Value("Took", GoDuration.Format(health.Took));
                writer.Value("Error", health.Error);
                writer.Blank();
            }
        },
        Json = json =>
        {
            json.BeginArray();
            foreach (EndpointHealth health in list)
            {
                json.BeginObject().Name("endpoint").Text(health.Endpoint).Name("health").Truth(health.IsHealthy).Name("took").Text(GoDuration.Format(health.Took));
                if (!health.IsHealthy)
                    json.Name("error").Text(health.Error);
                json.EndObject();
            }
            json.EndArray();
        },
        Table = () =>
        [
            ["endpoint", "health", "took", "error"],
            .. list.Select(static health => new[] { health.Endpoint, Text(health.IsHealthy), GoDuration.Format(health.Took), health.Error }),
        ],
    };

    public static Report Status(IReadOnlyList<EndpointAnswer<StatusResponse>> list) => new()
    {
        Simple = writer => Lines(writer, list.Select(StatusRow)),
        Fields = writer =>
        {
            foreach (EndpointAnswer<StatusResponse> status in list)
                Fields(writer, status.Endpoint, status.Answer);
        },
        Json = json => Write(json, "Status", list),
        Table = () => [StatusTitles, .. list.Select(StatusRow)],
    };

    public static Report HashKV(IReadOnlyList<EndpointAnswer<HashKVResponse>> list) => new()
    {
        Simple = writer => Lines(writer, list.Select(HashRow)),
        Fields = writer =>
        {
            foreach (EndpointAnswer<HashKVResponse> hash in list)
            {
                writer.Header(hash.Answer.Header);
                writer.Quoted("Endpoint", hash.Endpoint);
                writer.Value("Hash", hash.Answer.Hash);
                writer.Value("HashRevision", hash.Answer.HashRevision);
                writer.Blank();
            }
        },
        Json = json => Write(json, "HashKV", list),
        Table = () => [["endpoint", "hash", "hash_revision"], .. list.Select(HashRow)],
    };

    private static void Lines(SimpleWriter writer, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (IReadOnlyList<string> row in rows)
            writer.Line(string.Join(", ", row));
    }

    private static IReadOnlyList<string> StatusRow(EndpointAnswer<StatusResponse> one)
    {
        StatusResponse status = one.Answer;
        long unused = status.DbSize == 0 ? 0 : 100 - status.DbSizeInUse * 100 / status.DbSize;
        return
        [
            one.Endpoint,
            (status.Header?.MemberId ?? 0).ToString("x"),
            status.Version,
            status.StorageVersion,
            ByteCounts.Format(status.DbSize),
            ByteCounts.Format(status.DbSizeInUse),
            $"{unused}%",
            ByteCounts.Format(status.DbSizeQuota),
            Text(status.Leader == (status.Header?.MemberId ?? 0)),
            Text(status.IsLearner),
            status.RaftTerm.ToString(),
            status.RaftIndex.ToString(),
            status.RaftAppliedIndex.ToString(),
            string.Join(", ", status.Errors),
            status.DowngradeInfo?.TargetVersion ?? "",
            Text(status.DowngradeInfo?.Enabled ?? false),
        ];
    }

    private static IReadOnlyList<string> HashRow(EndpointAnswer<HashKVResponse> hash) =>
        [hash.Endpoint, hash.Answer.Hash.ToString(), hash.Answer.HashRevision.ToString()];

    private static void Fields(FieldsWriter writer, string endpoint, StatusResponse status)
    {
        writer.Header(status.Header);
        writer.Quoted("Version", status.Version);
        writer.Quoted("StorageVersion", status.StorageVersion);
        writer.Value("DBSize", status.DbSize);
        writer.Value("DBSizeInUse", status.DbSizeInUse);
        writer.Value("DBSizeQuota", status.DbSizeQuota);
        writer.Value("Leader", status.Leader);
        writer.Value("IsLearner", status.IsLearner);
        writer.Value("RaftIndex", status.RaftIndex);
        writer.Value("RaftTerm", status.RaftTerm);
        writer.Value("RaftAppliedIndex", status.RaftAppliedIndex);
        writer.Value("Errors", $"[{string.Join(' ', status.Errors)}]");
        writer.Quoted("Endpoint", endpoint);
        writer.Quoted("DowngradeTargetVersion", status.DowngradeInfo?.TargetVersion ?? "");
        writer.Value("DowngradeEnabled", status.DowngradeInfo?.Enabled ?? false);
        writer.Blank();
    }

    private static void Write<T>(GoJsonWriter json, string name, IReadOnlyList<EndpointAnswer<T>> list)
        where T : IMessage
    {
        if (list.Count == 0)
        {
            json.Null();
            return;
        }
        json.BeginArray();
        foreach (EndpointAnswer<T> one in list)
        {
            json.BeginObject().Name("Endpoint").Text(one.Endpoint).Name(name);
            GoJson.Write(json, one.Answer);
            json.EndObject();
        }
        json.EndArray();
    }

    private static string Text(bool truth) => truth ? "true" : "false";
}
