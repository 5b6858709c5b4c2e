using System.Buffers.Binary;
using System.Text;

namespace Tenet.Client.Discovery;

/// <summary>The part of RFC 1035 and RFC 2782 that a question for SRV records takes.</summary>
internal static class DnsMessage
{
    private const int HeaderBytes = 12;
    private const ushort ServiceType = 33;
    private const ushort InternetClass = 1;
    private const int PointerMark = 0xC0;

    /// <summary>A question for the SRV records of a name; recursion is desired.</summary>
    /// <exception cref="FormatException">The name is none.</exception>
    public static byte[] Question(ushort id, string name)
    {
        var message = new List<byte>(name.Length + HeaderBytes + 6);
        message.AddRange([(byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        foreach (string label in name.TrimEnd('.').Split('.'))
        {
            byte[] bytes = Encoding.ASCII.GetBytes(label);
            if (bytes.Length is 0 or > 63)
                throw new FormatException($"lookup {name}: no such host");
            message.Add((byte)bytes.Length);
            message.AddRange(bytes);
        }

        message.AddRange([0, 0, (byte)ServiceType, 0, (byte)InternetClass]);
        return [.. message];
    }

    /// <summary>Reads an answer. Whatever does not fit its own lengths is malformed; nothing is read twice, so pointers cannot lead in a circle.</summary>
    /// <param name="message">The message.</param>
    /// <param name="id">The question's id.</param>
    /// <exception cref="FormatException">It is malformed, or answers something else.</exception>
    public static DnsAnswer Read(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id || (message[2] & 0x80) == 0)
            throw new FormatException("the message is no answer to the question");
        bool truncated = (message[2] & 2) != 0;
        int code = message[3] & 0xF;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int at = HeaderBytes;
        for (int i = 0; i < questions; i++)
        {
            SkipName(message, ref at);
            at += 4;
        }

        var records = new List<DnsService>();
        for (int i = 0; i < answers && !truncated; i++)
        {
            SkipName(message, ref at);
            Require(message, at, 10);
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            at += 10;
            Require(message, at, length);
            if (type == ServiceType)
            {
                Require(message, at, 7);
                records.Add(new DnsService(
                    BinaryPrimitives.ReadUInt16BigEndian(message[at..]),
                    BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]),
                    BinaryPrimitives.ReadUInt16BigEndian(message[(at + 4)..]),
                    ReadName(message, at + 6)));
            }

            at += length;
        }

        return new DnsAnswer(code, truncated, records);
    }

    private static void SkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (true)
        {
            Require(message, at, 1);
            int length = message[at++];
            if (length == 0)
                return;
            if ((length & PointerMark) == PointerMark)
            {
                at++;
                return;
            }

            at += length;
        }
    }

    private static string ReadName(ReadOnlySpan<byte> message, int at)
    {
        var name = new StringBuilder();
        int before = at;
        while (true)
        {
            Require(message, at, 1);
            int length = message[at];
            if (length == 0)
                return name.ToString();
            if ((length & PointerMark) == PointerMark)
            {
                Require(message, at, 2);
                int target = ((length & ~PointerMark) << 8) | message[at + 1];
                if (target >= before)
                    throw new FormatException("a name points forward");
                at = before = target;
                continue;
            }

            Require(message, at, length + 1);
            name.Append(Encoding.ASCII.GetString(message.Slice(at + 1, length))).Append('.');
            at += length + 1;
            if (name.Length > 255)
                throw new FormatException("a name is too long");
        }
    }

    private static void Require(ReadOnlySpan<byte> message, int at, int length)
    {
        if (at < 0 || at + length > message.Length)
            throw new FormatException("the message ends early");
    }
}
