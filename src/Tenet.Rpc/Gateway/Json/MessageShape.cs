using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Google.Protobuf.Reflection;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>A message type as both directions of the JSON mapping need it: its fields by number and by either of their names.</summary>
internal sealed class MessageShape
{
    private static readonly ConcurrentDictionary<MessageDescriptor, MessageShape> Known = new();

    private readonly FieldShape?[] _byNumber;
    private readonly FrozenDictionary<string, FieldShape>.AlternateLookup<ReadOnlySpan<char>> _byName;

    private MessageShape(MessageDescriptor descriptor)
    {
        FieldShape[] fields = [.. descriptor.Fields.InDeclarationOrder().Select((field, index) => new FieldShape(field, index))];
        _byNumber = new FieldShape?[fields.Select(field => field.Number).Append(0).Max() + 1];
        var byName = new Dictionary<string, FieldShape>(StringComparer.Ordinal);
        foreach (FieldShape field in fields)
        {
            _byNumber[field.Number] = field;
            byName[field.Name] = field;
        }

        // Where two fields claim a name, that of JSON wins.
        foreach (FieldShape field in fields)
            byName[field.JsonName] = field;
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        Name = descriptor.FullName;
    }

    /// <summary>The message's full name.</summary>
    public string Name { get; }

    public static MessageShape Of(MessageDescriptor descriptor) => Known.GetOrAdd(descriptor, static type => new MessageShape(type));

    public FieldShape? Find(uint number) => number < _byNumber.Length ? _byNumber[number] : null;

    /// <summary>The field that is called so, by its own name or in camel case.</summary>
    public FieldShape? Find(ReadOnlySpan<byte> name)
    {
        // No name of a field is longer, and none has more than one byte for a character.
        Span<char> characters = stackalloc char[64];
        if (name.Length > characters.Length || Encoding.UTF8.GetCharCount(name) != name.Length)
            return null;
        Encoding.UTF8.GetChars(name, characters);
        return _byName.TryGetValue(characters[..name.Length], out FieldShape? field) ? field : null;
    }
}
