using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz.Mutation;

/// <summary>Makes valid messages of any type out of its descriptor.</summary>
internal static class MessageGenerator
{
    private const int DepthMax = 4;

    private static readonly string[] Texts = ["", "a", "b", "key", "key1", "root", "role", "user", "http://127.0.0.1:1", "3.5.0", "3.6.0", "\0", "ключ", new('x', 300)];

    /// <summary>A message with some of its fields.</summary>
    public static IMessage Make(SeededRandom random, MessageDescriptor descriptor) => Make(random, descriptor, DepthMax);

    private static IMessage Make(SeededRandom random, MessageDescriptor descriptor, int depthLeft)
    {
        IMessage message = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (FieldDescriptor field in descriptor.Fields.InDeclarationOrder())
        {
            if (!random.Chance(0.6) || (depthLeft == 0 && field.FieldType == FieldType.Message))
                continue;
            if (!field.IsRepeated)
            {
                field.Accessor.SetValue(message, Value(random, field, depthLeft));
                continue;
            }

            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            for (int left = random.Next(4); left > 0; left--)
                list.Add(Value(random, field, depthLeft));
        }

        return message;
    }

    private static object Value(SeededRandom random, FieldDescriptor field, int depthLeft) => field.FieldType switch
    {
        FieldType.Message => Make(random, field.MessageType, depthLeft - 1),
        FieldType.String => Texts[random.Next(Texts.Length)],
        FieldType.Bytes => ByteString.CopyFromUtf8(Texts[random.Next(Texts.Length)]),
        FieldType.Bool => random.Chance(0.5),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => (long)Number(random),
        FieldType.UInt64 or FieldType.Fixed64 => Number(random),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int)Number(random),
        FieldType.UInt32 or FieldType.Fixed32 => (uint)Number(random),
        FieldType other => throw new NotSupportedException($"no value for a field of type {other}"),
    };

    /// <summary>Small ones mostly: they name revisions, leases and members that there are.</summary>
    private static ulong Number(SeededRandom random) => random.Chance(0.7) ? (ulong)random.Next(5) : ByteMutator.Number(random);
}
