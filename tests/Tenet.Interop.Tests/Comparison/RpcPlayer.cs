using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Interop.Tests.Processes;
using Tenet.Interop.Tests.Wire;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Interop.Tests.Comparison;

/// <summary>Plays a script against one server and writes down every answer: the messages without what must differ, the code and the text.</summary>
internal sealed class RpcPlayer(ServerProcess server, EtcdClient? through = null)
{
    private static readonly Dictionary<string, MethodDescriptor> Methods =
        new[] { RpcReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor }
            .SelectMany(static file => file.Services)
            .SelectMany(static service => service.Methods)
            .ToDictionary(static method => $"/{method.Service.FullName}/{method.Name}");

    /// <summary>Ids of members come from the time, sizes and terms from how a server works, versions from what it is.</summary>
    private static readonly HashSet<string> Masked =
        ["raftTerm", "raftIndex", "raftAppliedIndex", "dbSize", "dbSizeInUse", "version", "token", "blob", "remainingBytes"];

    /// <summary>Fields that 3.6 and 3.7 added.</summary>
    private static readonly HashSet<string> NewerThan35 = ["storageVersion", "dbSizeQuota", "downgradeInfo", "hashRevision"];

    /// <summary>Lists in the order of ids that come from the time, or of a Go map.</summary>
    private static readonly HashSet<string> Unordered = ["members", "keys"];

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default);

    public Learned Learned { get; } = new();

    public async Task<List<string>> PlayAsync(IReadOnlyList<Exchange> script)
    {
        List<string> answers = [];
        foreach (Exchange exchange in script)
        {
            try
            {
                answers.Add(await PlayAsync(exchange));
            }
            catch (HttpRequestException failure)
            {
                throw new InvalidOperationException($"{server.Binary} broke off at {exchange.Method} {exchange.Requests(Learned)[0]}; it said:\n{server.Log[^Math.Min(server.Log.Length, 2_000)..]}", failure);
            }
        }

        return answers;
    }

    private async Task<string> PlayAsync(Exchange exchange)
    {
        MethodDescriptor method = Methods[exchange.Path];
        IMessage[] requests = exchange.Requests(Learned);
        using MemoryStream body = new();
        foreach (IMessage message in requests)
            body.Write(GrpcClient.Frame(message.ToByteArray()));
        using HttpRequestMessage request = GrpcClient.Request(exchange.Path, new ByteArrayContent(body.ToArray()));
        if (exchange.User.Length > 0)
            request.Headers.TryAddWithoutValidation("token", Learned.Tokens.GetValueOrDefault(exchange.User, exchange.User));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(15));
        using HttpResponseMessage response = await (through ?? server.Client).Grpc.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        List<string> lines = [];
        await using Stream stream = await response.Content.ReadAsStreamAsync(patience.Token);
        byte[] prefix = new byte[5];
        while (lines.Count < exchange.Messages)
        {
            if (await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, patience.Token) == 0)
            {
                (int status, string text) = GrpcClient.StatusOf(response);
                lines.Add($"{status} {text}");
                break;
            }

            byte[] bytes = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await stream.ReadExactlyAsync(bytes, patience.Token);
            IMessage answer = method.OutputType.Parser.ParseFrom(bytes);
            Learn(requests[0], answer);

            // How many pieces a snapshot comes in is the server's own.
            if (answer is SnapshotResponse)
                continue;
            lines.Add(Text(answer, method));
        }

        return string.Join('\n', lines);
    }

    private void Learn(IMessage request, IMessage answer)
    {
        switch (answer)
        {
            case AuthenticateResponse authenticated:
                Learned.Tokens[((AuthenticateRequest)request).Name] = authenticated.Token;
                break;
            case MemberAddResponse added:
                Learned.AddedMember = added.Member.ID;
                break;
            case StatusResponse status:
                Learned.OwnMember = status.Header.MemberId;
                break;
        }
    }

    private string Text(IMessage answer, MethodDescriptor method)
    {
        string text = Json.Format(answer);
        if (Learned.AddedMember != 0)
            text = text.Replace($"\"{Learned.AddedMember}\"", "\"ADDED\"", StringComparison.Ordinal);
        JsonNode root = JsonNode.Parse(text)!;
        Mask(root, method.Name == "Hash");
        return root.ToJsonString();
    }

    private static void Mask(JsonNode node, bool wholeHash)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
                Mask(item!, wholeHash);
        }
        else if (node is JsonObject fields)
        {
            foreach (string name in fields.Select(static field => field.Key).ToList())
            {
                // The hash of the whole file is of no two files the same; that of the history is.
                if (NewerThan35.Contains(name))
                    fields.Remove(name);
                else if (Masked.Contains(name) || (wholeHash && name == "hash"))
                    fields[name] = "MASKED";
                else if (fields[name] is { } child)
                    Mask(child, wholeHash);
                if (Unordered.Contains(name) && fields[name] is JsonArray list)
                    fields[name] = new JsonArray([.. list.Select(static item => item!.DeepClone()).OrderBy(static item => item.ToJsonString(), StringComparer.Ordinal)]);
            }
        }
    }
}
