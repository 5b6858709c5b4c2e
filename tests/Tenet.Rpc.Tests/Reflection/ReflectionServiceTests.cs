using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Reflection;
using Tenet.Rpc.Health;
using Tenet.Rpc.Reflection;
using Tenet.Rpc.Tests.Support;

namespace Tenet.Rpc.Tests.Reflection;

public class ReflectionServiceTests
{
    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task A_tool_finds_services_and_the_descriptors_of_their_messages(string version)
    {
        var health = new HealthService();
        await using TestServer server = await TestServer.StartAsync([.. health.Methods, .. new ReflectionService(health.Methods).Methods]);
        using var client = new GrpcClient(server.Uri);
        using GrpcStream stream = await client.OpenAsync($"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");

        ServerReflectionResponse services = await AskAsync(stream, new ServerReflectionRequest { ListServices = "*" });
        Assert.Equal(
            ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"],
            services.ListServicesResponse.Service.Select(service => service.Name));

        // Imports come along, so that nothing is missing to build them.
        ServerReflectionResponse files = await AskAsync(stream, new ServerReflectionRequest { FileContainingSymbol = "v3lockpb.Lock.Unlock" });
        FileDescriptorProto[] described = [.. files.FileDescriptorResponse.FileDescriptorProto.Select(FileDescriptorProto.Parser.ParseFrom)];
        Assert.Equal("v3lock.proto", described[0].Name);
        IEnumerable<ByteString> importsFirst = files.FileDescriptorResponse.FileDescriptorProto.OrderBy(bytes => Depth(FileDescriptorProto.Parser.ParseFrom(bytes)));
        Assert.NotEmpty(FileDescriptor.BuildFromByteStrings(importsFirst));

        ServerReflectionResponse byName = await AskAsync(stream, new ServerReflectionRequest { FileByFilename = "rpc.proto" });
        Assert.Contains("RangeRequest", FileDescriptorProto.Parser.ParseFrom(byName.FileDescriptorResponse.FileDescriptorProto[0]).MessageType.Select(type => type.Name));

        ServerReflectionResponse unknown = await AskAsync(stream, new ServerReflectionRequest { FileContainingSymbol = "no.such.Thing" });
        Assert.Equal((int)StatusCode.NotFound, unknown.ErrorResponse.ErrorCode);
        Assert.Equal((int)StatusCode.InvalidArgument, (await AskAsync(stream, new ServerReflectionRequest())).ErrorResponse.ErrorCode);
        stream.CloseRequests();
        (await stream.EndAsync()).IsOk();

        int Depth(FileDescriptorProto file) =>
            file.Dependency.Select(name => 1 + Depth(described.Single(other => other.Name == name))).DefaultIfEmpty(0).Max();
    }

    private static async Task<ServerReflectionResponse> AskAsync(GrpcStream stream, ServerReflectionRequest request)
    {
        await stream.SendAsync(request);
        return (await stream.ReadAsync<ServerReflectionResponse>())!;
    }
}
