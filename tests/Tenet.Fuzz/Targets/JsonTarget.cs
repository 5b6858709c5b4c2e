using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Rpc.Gateway;
using Tenet.Rpc.Gateway.Json;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// JSON of the gateway: what it writes it reads back as the same message; what is damaged is read or refused, and however it is cut into pieces the
/// verdict is the same.
/// </summary>
internal sealed class JsonTarget : FuzzTarget
{
    private static readonly MethodDescriptor[] Methods = [.. GatewayBindings.Methods.Values];

    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "\"key\":", "\"key\":\"YQ\",", "\"limit\":1e3,", "1e999", "-0", "1.0", "\"\\ud800\"", "\\u0000",
        "\"9223372036854775808\"", "18446744073709551615", "\"requestTxn\":{}", "\"request_put\":{},\"request_range\":{},", "NaN", "\u00e9", "0x10", "/*",
    ];

    public override string Summary => "requests of the gateway as damaged JSON, in pieces of any size";

    public override int CasesInTests => 4000;

    public override void Run(SeededRandom random)
    {
        MethodDescriptor method = Methods[random.Next(Methods.Length)];
        MessageShape shape = MessageShape.Of(method.InputType);
        IMessage message = Message(random, method.InputType);
        byte[] json = Written(random, shape, message);
        if (random.Chance(0.2))
        {
            IMessage? back = Read(random, json, shape, method.InputType);
            if (!message.Equals(back))
                throw FuzzFailedException.Of($"{method.InputType.Name} {message} came back as {back}", json);
            return;
        }

        json = Damage(random, json);
        string whole = Verdict(null, json, shape, method.InputType);
        string pieces = Verdict(random, json, shape, method.InputType);
        if (whole != pieces)
            throw FuzzFailedException.Of($"{method.InputType.Name}: {whole} at once, {pieces} in pieces", json);
    }

    /// <summary>A request in JSON, damaged or not.</summary>
    public static byte[] Body(SeededRandom random, MessageDescriptor type)
    {
        byte[] json = Written(random, MessageShape.Of(type), Message(random, type));
        return random.Chance(0.5) ? Damage(random, json) : json;
    }

    private static IMessage Message(SeededRandom random, MessageDescriptor type)
    {
        IMessage message = MessageGenerator.Make(random, type);
        // Numbers in a list do not occur in answers, and only answers are written.
        if (message is WatchRequest { CreateRequest: { } create })
            create.Filters.Clear();
        return message;
    }

    private static byte[] Damage(SeededRandom random, byte[] json)
    {
        if (random.Chance(0.3))
            return ByteMutator.Damage(random, json);
        string text = Encoding.UTF8.GetString(json);
        for (int times = 1 + random.Next(4); times > 0; times--)
        {
            int at = random.Next(text.Length + 1);
            text = random.Next(5) switch
            {
                0 when text.Length > 0 => text.Remove(Math.Min(at, text.Length - 1), 1),
                1 => text.Insert(at, text[..Math.Min(at, 200)]),
                2 => text.Insert(at, string.Concat(Enumerable.Repeat(Tokens[random.Next(Tokens.Length)], random.Next(1, 400)))),
                _ => text.Insert(at, Tokens[random.Next(Tokens.Length)]),
            };
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static string Verdict(SeededRandom? random, byte[] json, MessageShape shape, MessageDescriptor type)
    {
        try
        {
            return Read(random, json, shape, type)?.ToString() ?? "nothing";
        }
        catch (JsonRefusedException refused)
        {
            return refused.Message;
        }
        catch (InvalidProtocolBufferException broken)
        {
            return broken.Message;
        }
        catch (Exception failure)
        {
            throw FuzzFailedException.Of(type.Name, json, failure);
        }
    }

    /// <summary>Reads the first message as the gateway does.</summary>
    private static IMessage? Read(SeededRandom? random, byte[] json, MessageShape shape, MessageDescriptor type)
    {
        JsonScanner scanner = new();
        int end = 0;
        ScanOutcome outcome = ScanOutcome.NeedsMore;
        for (int at = 0; at < json.Length && outcome == ScanOutcome.NeedsMore;)
        {
            int count = random is null ? json.Length : Math.Min(1 + random.Next(random.Chance(0.5) ? 3 : 300), json.Length - at);
            outcome = scanner.Feed(json.AsSpan(at, count), out int consumed);
            end += consumed;
            at += count;
        }

        if (outcome == ScanOutcome.Refused)
            throw new JsonRefusedException(scanner.Refusal);
        if (outcome == ScanOutcome.NeedsMore && scanner.IsBlank)
            return null;
        if (outcome == ScanOutcome.NeedsMore && !scanner.End())
            throw new JsonRefusedException("unexpected EOF");
        using WireBuffer wire = new();
        JsonMessageReader.Read(json.AsSpan(0, end).TrimStart(" \t\r\n"u8), shape, wire);
        return type.Parser.ParseFrom(wire.Written.Span);
    }

    private static byte[] Written(SeededRandom random, MessageShape shape, IMessage message)
    {
        using JsonOutput output = new();
        using JsonMessageWriter writer = new(output);
        writer.Begin(shape, html: random.Chance(0.5));
        byte[] wire = message.ToByteArray();
        for (int at = 0; at < wire.Length;)
        {
            int count = Math.Min(1 + random.Next(100), wire.Length - at);
            wire.AsSpan(at, count).CopyTo(writer.GetSpan(count));
            writer.Advance(count);
            at += count;
        }

        writer.End();
        return output.ToArray();
    }
}
