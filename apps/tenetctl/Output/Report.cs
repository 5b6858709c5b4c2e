using Google.Protobuf;
using Tenet.CommandLine;

namespace Tenet.Ctl.Output;

/// <summary>One result in every format that it has. A format without its part is refused.</summary>
internal sealed record Report
{
    public required Action<SimpleWriter> Simple { get; init; }

    public Action<FieldsWriter>? Fields { get; init; }

    /// <summary>Printed as it is by protobuf, and by json unless <see cref="Json"/> is there.</summary>
    public IMessage? Message { get; init; }

    /// <summary>Why protobuf is refused, where it is not simply unsupported.</summary>
    public string? ProtobufRefusal { get; init; }

    /// <summary>json, where it is not simply the message.</summary>
    public Action<GoJsonWriter>? Json { get; init; }

    /// <summary>The lines of a table, its titles first.</summary>
    public Func<IReadOnlyList<IReadOnlyList<string>>>? Table { get; init; }
}
