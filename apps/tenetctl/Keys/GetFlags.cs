using Tenet.CommandLine;

namespace Tenet.Ctl.Keys;

/// <summary>The flags of <c>get</c>.</summary>
internal sealed class GetFlags
{
    public GetFlags(FlagSet flags)
    {
        Consistency = flags.Text("consistency", "l", "Linearizable(l) or Serializable(s)");
        Consistency.Words = ["l", "s"];
        Order = flags.Text("order", "", "Order of results; ASCEND or DESCEND (ASCEND by default)");
        Order.Words = ["ASCEND", "DESCEND"];
        SortBy = flags.Text("sort-by", "", "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION");
        SortBy.Words = ["CREATE", "KEY", "MODIFY", "VALUE", "VERSION"];
        Limit = flags.Integer("limit", 0, "Maximum number of results");
        Prefix = flags.Switch("prefix", false, "Get keys with matching prefix");
        FromKey = flags.Switch("from-key", false, "Get keys that are greater than or equal to the given key using byte compare");
        Revision = flags.Integer("rev", 0, "Specify the kv revision");
        KeysOnly = flags.Switch("keys-only", false, "Get only the keys");
        CountOnly = flags.Switch("count-only", false, "Get only the count");
        PrintValueOnly = flags.Switch("print-value-only", false, "Only write values when using the \"simple\" output format");
        MinCreateRevision = flags.Integer("min-create-rev", 0, "Minimum create revision");
        MaxCreateRevision = flags.Integer("max-create-rev", 0, "Maximum create revision");
        MinModRevision = flags.Integer("min-mod-rev", 0, "Minimum modification revision");
        MaxModRevision = flags.Integer("max-mod-rev", 0, "Maximum modification revision");
        Stream = flags.Switch("stream", false, "Use the RangeStream RPC");
    }

    public Flag<string> Consistency { get; }

    public Flag<string> Order { get; }

    public Flag<string> SortBy { get; }

    public Flag<long> Limit { get; }

    public Flag<bool> Prefix { get; }

    public Flag<bool> FromKey { get; }

    public Flag<long> Revision { get; }

    public Flag<bool> KeysOnly { get; }

    public Flag<bool> CountOnly { get; }

    public Flag<bool> PrintValueOnly { get; }

    public Flag<long> MinCreateRevision { get; }

    public Flag<long> MaxCreateRevision { get; }

    public Flag<long> MinModRevision { get; }

    public Flag<long> MaxModRevision { get; }

    public Flag<bool> Stream { get; }
}
