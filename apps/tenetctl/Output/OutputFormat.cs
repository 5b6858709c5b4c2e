namespace Tenet.Ctl.Output;

/// <summary>What <c>--write-out</c> names.</summary>
internal enum OutputFormat
{
    Simple,
    Fields,
    Json,
    Protobuf,
    Table,
}
