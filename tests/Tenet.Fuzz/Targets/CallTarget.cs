using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Protocol.Calls;
using Tenet.Rpc.Gateway;

namespace Tenet.Fuzz.Targets;

/// <summary>
/// Every method of a running member, over gRPC and over the gateway, with valid and with damaged requests. Each call ends with a status, no handler fails, and
/// the member goes on.
/// </summary>
internal sealed class CallTarget : FuzzTarget
{
    /// <summary>After so many calls the member is another: alarms, users and compactions make the rest of its life dull.</summary>
    private const int CallsPerMember = 500;

    private readonly HttpClient _http = new() { Timeout = FrameConnection.Patience };
    private MemberWorld? _world;
    private FrameConnection? _connection;
    private int _calls;

    public override string Summary => "every method of a running member, over gRPC and over the gateway";

    public override int CasesInTests => 1200;

    public override long AllocatedBytesMax => 256L << 20;

    public override void Run(SeededRandom random)
    {
        if (_world is null || ++_calls % CallsPerMember == 0)
            Renew();
        Method method = _world!.Methods[random.Next(_world.Methods.Count)];
        MessageDescriptor type = DescriptorOf(method.GetType().GetGenericArguments()[0]);
        byte[] input;
        GatewayBinding? binding = random.Chance(0.3) ? GatewayBindings.All.FirstOrDefault(one => one.Method == method.Path) : null;
        if (binding is not null)
            AskGateway(binding.Path, input = JsonTarget.Body(random, type));
        else
            Call(method, input = Frames(random, type), random);
        if (!_world.Look(input))
            Renew();
    }

    protected override void Close()
    {
        _connection?.Dispose();
        _world?.Dispose();
        _http.Dispose();
    }

    private static MessageDescriptor DescriptorOf(Type type) =>
        (MessageDescriptor)type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>The body of a call: one message, or several.</summary>
    private static byte[] Frames(SeededRandom random, MessageDescriptor type)
    {
        using MemoryStream body = new();
        Span<byte> header = stackalloc byte[5];
        for (int left = random.Chance(0.8) ? 1 : random.Next(4); left > 0; left--)
        {
            byte[] message = MessageGenerator.Make(random, type).ToByteArray();
            if (random.Chance(0.6))
                message = WireMutator.Damage(random, message);
            header[0] = random.Chance(0.95) ? (byte)0 : (byte)random.Next(4);
            BinaryPrimitives.WriteUInt32BigEndian(header[1..], random.Chance(0.95) ? (uint)message.Length : (uint)ByteMutator.Number(random));
            body.Write(header);
            body.Write(message);
        }

        byte[] bytes = body.ToArray();
        return random.Chance(0.9) ? bytes : ByteMutator.Damage(random, bytes);
    }

    private void Call(Method method, byte[] body, SeededRandom random)
    {
        (string, string)[] headers = random.Next(4) switch
        {
            0 => [("grpc-timeout", "30m"), ("token", "nobody.1")],
            1 => [("grpc-timeout", "30m"), ("grpc-encoding", "gzip"), ("hasleader", "true")],
            _ => [("grpc-timeout", "30m")],
        };
        _connection ??= new FrameConnection(_world!.Uri);
        string? answer = _connection.Call(method.Path, body, headers);
        if (answer is null)
            throw FuzzFailedException.Of($"{method.Path}: the connection was ended", body);
        if (!answer.Contains("grpc-status", StringComparison.Ordinal) || answer.Contains("internal error", StringComparison.Ordinal))
            throw FuzzFailedException.Of($"{method.Path} was answered with {answer}", body);
    }

    private void AskGateway(string path, byte[] json)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_world!.Uri, path)) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Grpc-Timeout", "30m");
        using HttpResponseMessage response = _http.Send(request, HttpCompletionOption.ResponseHeadersRead);
        using MemoryStream answer = new();
        response.Content.ReadAsStream().CopyTo(answer);
        string text = System.Text.Encoding.UTF8.GetString(answer.ToArray());
        if (text.Contains("internal error", StringComparison.Ordinal) || (response.StatusCode >= HttpStatusCode.InternalServerError && text.Length == 0))
            throw FuzzFailedException.Of($"{path} was answered with {(int)response.StatusCode} {text}", json);
    }

    private void Renew()
    {
        _connection?.Dispose();
        _connection = null;
        _world?.Dispose();
        _world = MemberWorld.Start();
    }
}
