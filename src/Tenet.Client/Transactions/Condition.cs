using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client;

/// <summary>
/// What must hold for a transaction to take its <c>Then</c>. A key that does not exist has the revisions, the version and the lease 0; its value
/// equals none. A range satisfies a condition if every one of its keys does.
/// </summary>
public sealed class Condition
{
    private Condition(KeyRange range, Comparison comparison, Compare.Types.CompareTarget target) => Message = new Compare
    {
        Key = range.Key,
        RangeEnd = range.End,
        Target = target,
        Result = comparison switch
        {
            Comparison.Equal => Compare.Types.CompareResult.Equal,
            Comparison.Greater => Compare.Types.CompareResult.Greater,
            Comparison.Less => Compare.Types.CompareResult.Less,
            _ => Compare.Types.CompareResult.NotEqual,
        },
    };

    internal Compare Message { get; }

    /// <summary>The key exists.</summary>
    public static Condition Exists(string key) => CreateRevision(KeyRange.Single(key), Comparison.Greater, 0);

    /// <inheritdoc cref="Exists(string)"/>
    public static Condition Exists(ReadOnlyMemory<byte> key) => CreateRevision(KeyRange.Single(key), Comparison.Greater, 0);

    /// <summary>The key does not exist.</summary>
    public static Condition Missing(string key) => CreateRevision(KeyRange.Single(key), Comparison.Equal, 0);

    /// <inheritdoc cref="Missing(string)"/>
    public static Condition Missing(ReadOnlyMemory<byte> key) => CreateRevision(KeyRange.Single(key), Comparison.Equal, 0);

    /// <summary>The key has not been changed since it was read.</summary>
    public static Condition Unchanged(KeyValue asRead) => ModRevision(KeyRange.Single(asRead.Key), Comparison.Equal, asRead.ModRevision);

    /// <summary>The value compares so.</summary>
    public static Condition Value(string key, Comparison comparison, string value) => Value(KeyRange.Single(key), comparison, Bytes.Of(value));

    /// <inheritdoc cref="Value(string, Comparison, string)"/>
    public static Condition Value(KeyRange range, Comparison comparison, ReadOnlyMemory<byte> value) => Value(range, comparison, Bytes.Of(value));

    /// <summary>The revision of the last change compares so.</summary>
    public static Condition ModRevision(string key, Comparison comparison, long revision) => ModRevision(KeyRange.Single(key), comparison, revision);

    /// <inheritdoc cref="ModRevision(string, Comparison, long)"/>
    public static Condition ModRevision(KeyRange range, Comparison comparison, long revision)
    {
        var condition = new Condition(range, comparison, Compare.Types.CompareTarget.Mod);
        condition.Message.ModRevision = revision;
        return condition;
    }

    /// <summary>The revision at which the key came into being compares so.</summary>
    public static Condition CreateRevision(string key, Comparison comparison, long revision) => CreateRevision(KeyRange.Single(key), comparison, revision);

    /// <inheritdoc cref="CreateRevision(string, Comparison, long)"/>
    public static Condition CreateRevision(KeyRange range, Comparison comparison, long revision)
    {
        var condition = new Condition(range, comparison, Compare.Types.CompareTarget.Create);
        condition.Message.CreateRevision = revision;
        return condition;
    }

    /// <summary>How often the key was written compares so.</summary>
    public static Condition Version(string key, Comparison comparison, long version) => Version(KeyRange.Single(key), comparison, version);

    /// <inheritdoc cref="Version(string, Comparison, long)"/>
    public static Condition Version(KeyRange range, Comparison comparison, long version)
    {
        var condition = new Condition(range, comparison, Compare.Types.CompareTarget.Version);
        condition.Message.Version = version;
        return condition;
    }

    /// <summary>The lease of the key compares so.</summary>
    public static Condition Lease(string key, Comparison comparison, long leaseId)
    {
        var condition = new Condition(KeyRange.Single(key), comparison, Compare.Types.CompareTarget.Lease);
        condition.Message.Lease = leaseId;
        return condition;
    }

    private static Condition Value(KeyRange range, Comparison comparison, ByteString value)
    {
        var condition = new Condition(range, comparison, Compare.Types.CompareTarget.Value);
        condition.Message.Value = value;
        return condition;
    }
}
