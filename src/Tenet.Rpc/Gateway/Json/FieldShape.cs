using System.Collections.Frozen;
using System.Text;
using Google.Protobuf.Reflection;
using Tenet.Foundation;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>One field of a <see cref="MessageShape"/>.</summary>
internal sealed class FieldShape
{
    private readonly MessageDescriptor? _message;
    private readonly FrozenDictionary<int, byte[]>? _enumNames;
    private readonly FrozenDictionary<string, int>? _enumNumbers;
    private MessageShape? _shape;

    public FieldShape(FieldDescriptor field, int index)
    {
        Invariant.That(index < 64 && !field.IsMap, $"field {field.FullName} is of no kind that etcd's messages have");
        Number = field.FieldNumber;
        Name = field.Name;
        JsonName = field.JsonName;
        Type = field.FieldType;
        IsRepeated = field.IsRepeated;
        Bit = 1UL << index;
        if (field.RealContainingOneof is { } oneof)
        {
            OneofBit = 1UL << oneof.Index;
            OneofName = oneof.FullName;
        }

        Label = Encoding.UTF8.GetBytes($"\"{field.Name}\":");
        if (field.FieldType == FieldType.Message)
            _message = field.MessageType;
        if (field.FieldType != FieldType.Enum)
            return;
        _enumNumbers = field.EnumType.Values.ToFrozenDictionary(value => value.Name, value => value.Number, StringComparer.Ordinal);
        // Of several names for a number the first is printed.
        _enumNames = field.EnumType.Values
            .DistinctBy(value => value.Number)
            .ToFrozenDictionary(value => value.Number, value => Encoding.UTF8.GetBytes($"\"{value.Name}\""));
    }

    public int Number { get; }

    /// <summary>The name in the .proto file, which is the one that is printed.</summary>
    public string Name { get; }

    /// <summary>The name in camel case.</summary>
    public string JsonName { get; }

    public FieldType Type { get; }

    public bool IsRepeated { get; }

    /// <summary>The field's bit in a set of the message's fields.</summary>
    public ulong Bit { get; }

    /// <summary>The bit of the oneof that it is part of, in a set of the message's oneofs; 0 without.</summary>
    public ulong OneofBit { get; }

    public string OneofName { get; } = "";

    /// <summary>What stands before its value.</summary>
    public byte[] Label { get; }

    /// <summary>The message type of a field of messages.</summary>
    public MessageShape Message => _shape ??= MessageShape.Of(_message!);

    /// <summary>The name of an enum's number in quotes, or null if it has none.</summary>
    public byte[]? EnumName(int number) => _enumNames!.GetValueOrDefault(number);

    /// <summary>The number of an enum's name, or null if there is no such name.</summary>
    public int? EnumNumber(ReadOnlySpan<byte> name) => _enumNumbers!.TryGetValue(Encoding.UTF8.GetString(name), out int number) ? number : null;

    /// <summary>The type as Go's messages name it.</summary>
    public string TypeName => Type switch
    {
        FieldType.Bool => "bool",
        FieldType.Bytes => "bytes",
        FieldType.Enum => "enum",
        FieldType.Int32 => "int32",
        FieldType.Int64 => "int64",
        FieldType.String => "string",
        FieldType.UInt32 => "uint32",
        FieldType.UInt64 => "uint64",
        _ => throw new InvariantException($"no message of etcd has a field of type {Type}"),
    };
}
