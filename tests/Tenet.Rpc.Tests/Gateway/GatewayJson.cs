using System.Text;
using Google.Protobuf;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Rpc.Tests.Gateway;

/// <summary>The JSON mapping without a server around it.</summary>
internal static class GatewayJson
{
    /// <summary>Reads one message as the gateway does, piece by piece.</summary>
    /// <exception cref="JsonRefusedException">It is none.</exception>
    public static T? Read<T>(byte[] json, int pieceBytes = int.MaxValue)
        where T : class, IMessage<T>, new()
    {
        JsonScanner scanner = new();
        int end = 0;
        ScanOutcome outcome = ScanOutcome.NeedsMore;
        for (int at = 0; at < json.Length && outcome == ScanOutcome.NeedsMore; at += Math.Min(pieceBytes, json.Length - at))
        {
            outcome = scanner.Feed(json.AsSpan(at, Math.Min(pieceBytes, json.Length - at)), out int consumed);
            end += consumed;
        }

        if (outcome == ScanOutcome.Refused)
            throw new JsonRefusedException(scanner.Refusal);
        if (outcome == ScanOutcome.NeedsMore && scanner.IsBlank)
            return null;
        if (outcome == ScanOutcome.NeedsMore && !scanner.End())
            throw new JsonRefusedException("unexpected EOF");
        using WireBuffer wire = new();
        JsonMessageReader.Read(json.AsSpan(0, end).TrimStart(" \t\r\n"u8), MessageShape.Of(new T().Descriptor), wire);
        return new MessageParser<T>(() => new T()).ParseFrom(wire.Written.Span);
    }

    public static T? Read<T>(string json)
        where T : class, IMessage<T>, new() => Read<T>(Encoding.UTF8.GetBytes(json));

    public static string Refusal<T>(string json)
        where T : class, IMessage<T>, new() => Assert.Throws<JsonRefusedException>(() => Read<T>(json)).Message;

    /// <summary>Writes a message as the gateway does, handed over in pieces of the given size.</summary>
    public static string Write<T>(T message, int pieceBytes = int.MaxValue, bool html = false)
        where T : class, IMessage<T>, new()
    {
        using JsonOutput output = new();
        using JsonMessageWriter writer = new(output);
        writer.Begin(MessageShape.Of(message.Descriptor), html);
        byte[] wire = message.ToByteArray();
        for (int at = 0; at < wire.Length; at += pieceBytes)
        {
            ReadOnlySpan<byte> piece = wire.AsSpan(at, Math.Min(pieceBytes, wire.Length - at));
            piece.CopyTo(writer.GetSpan(piece.Length));
            writer.Advance(piece.Length);
            if (pieceBytes == int.MaxValue)
                break;
        }

        writer.End();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
