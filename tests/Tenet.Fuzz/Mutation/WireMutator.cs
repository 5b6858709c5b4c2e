using Tenet.Foundation.Randomness;

namespace Tenet.Fuzz.Mutation;

/// <summary>Damages the bytes of a message as somebody would who knows protocol buffers: fields, lengths, numbers, nesting.</summary>
internal static class WireMutator
{
    private const int DepthMax = 6;

    /// <summary>A few damages.</summary>
    public static byte[] Damage(SeededRandom random, byte[] message)
    {
        if (random.Chance(0.15))
            return ByteMutator.Damage(random, message);
        for (int times = 1 + random.Next(3); times > 0; times--)
            message = Once(random, message, 0);
        return message;
    }

    private static byte[] Once(SeededRandom random, byte[] message, int depth)
    {
        List<byte[]>? fields = Split(message);
        if (fields is null || fields.Count == 0)
            return [.. message, .. UnknownField(random)];
        int at = random.Next(fields.Count);
        byte[] field = fields[at];
        int tagBytes = VarintBytes(field);
        int wireType = field[0] & 7;
        switch (random.Next(wireType == 2 ? 12 : 9))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count + 1), field);
                break;
            case 2:
                int other = random.Next(fields.Count);
                (fields[at], fields[other]) = (fields[other], fields[at]);
                break;
            case 3:
                fields.Insert(at, UnknownField(random));
                break;
            case 4:
                // Another field number, or another wire type, in front of the same content.
                fields[at] = [.. Varint(random.Chance(0.5) ? (ulong)random.Next(1 << 12) : ByteMutator.Number(random)), .. field[tagBytes..]];
                break;
            case 5:
                fields[at] = [.. field[..tagBytes], .. Varint(ByteMutator.Number(random))];
                break;
            case 6:
                // Longer than it need be, or than it may be.
                fields[at] = [.. field[..tagBytes], .. LongVarint(random)];
                break;
            case 7:
                fields[at] = field[..random.Next(field.Length)];
                break;
            case 8:
                fields[at] = Deep(random, field[0]);
                break;
            default:
                int lengthBytes = VarintBytes(field.AsSpan(tagBytes));
                byte[] content = field[(tagBytes + lengthBytes)..];
                content = depth < DepthMax && random.Chance(0.8) ? Once(random, content, depth + 1) : ByteMutator.Damage(random, content);
                ulong length = (ulong)content.Length;
                if (random.Chance(0.1))
                    length = random.Chance(0.5) ? length + 1 : ByteMutator.Number(random);
                fields[at] = [.. field[..tagBytes], .. Varint(length), .. content];
                break;
        }

        return [.. fields.SelectMany(static bytes => bytes)];
    }

    /// <summary>The fields of a message; null if it is none.</summary>
    private static List<byte[]>? Split(byte[] message)
    {
        List<byte[]> fields = [];
        int at = 0;
        while (at < message.Length)
        {
            int start = at;
            if (!TryVarint(message, ref at, out ulong tag))
                return null;
            ulong length = 0;
            switch (tag & 7)
            {
                case 0 when TryVarint(message, ref at, out _):
                    break;
                case 1:
                    length = 8;
                    break;
                case 2 when TryVarint(message, ref at, out length):
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    return null;
            }

            if (length > (ulong)(message.Length - at))
                return null;
            at += (int)length;
            fields.Add(message[start..at]);
        }

        return fields;
    }

    private static byte[] UnknownField(SeededRandom random)
    {
        ulong number = (ulong)(random.Chance(0.5) ? random.Next(1, 20) : random.Next(1, 1 << 20)) << 3;
        byte[] content = new byte[random.Next(10)];
        random.Fill(content);
        return random.Next(5) switch
        {
            0 => [.. Varint(number), .. Varint(ByteMutator.Number(random))],
            1 => [.. Varint(number | 1), .. new byte[8]],
            2 => [.. Varint(number | 2), .. Varint((ulong)content.Length), .. content],
            3 => [.. Varint(number | 3), .. Varint(8), .. Varint(1), .. Varint(number | 4)],
            _ => [.. Varint(number | 5), .. new byte[4]],
        };
    }

    /// <summary>A field within itself, or groups within groups, deeper than anybody needs.</summary>
    private static byte[] Deep(SeededRandom random, byte tag)
    {
        int depth = random.Next(5, 300);
        byte[] inner = [];
        for (int i = 0; i < depth; i++)
            inner = random.Chance(0.9) ? [(byte)(tag & 0x78 | 2), .. Varint((ulong)inner.Length), .. inner] : [(byte)(tag & 0x78 | 3), .. inner, (byte)(tag & 0x78 | 4)];
        return inner;
    }

    private static byte[] LongVarint(SeededRandom random)
    {
        byte[] bytes = new byte[random.Next(2, 13)];
        bytes.AsSpan(0, bytes.Length - 1).Fill((byte)(random.Chance(0.5) ? 0x80 : 0xff));
        bytes[^1] = (byte)random.Next(128);
        return bytes;
    }

    public static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static int VarintBytes(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length - 1 && bytes[at] >= 0x80)
            at++;
        return at + 1;
    }

    private static bool TryVarint(byte[] bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; at < bytes.Length && shift < 70; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }
}
