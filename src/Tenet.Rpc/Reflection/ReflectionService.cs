using Google.Protobuf.Reflection;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Health;
using Tenet.Protocol.Reflection;
using Tenet.Protocol.V3electionpb;
using Tenet.Protocol.V3lockpb;

namespace Tenet.Rpc.Reflection;

/// <summary>
/// The standard gRPC reflection service, in both versions that tools ask for: which services there are, and the descriptors of their messages. etcd
/// has none, so it is served only where it is asked for.
/// </summary>
public sealed class ReflectionService
{
    private static readonly string[] Versions = ["v1", "v1alpha"];

    private readonly SortedDictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> _services;

    /// <summary>Describes the services of a method table, and itself.</summary>
    /// <param name="methods">The table.</param>
    public ReflectionService(IReadOnlyList<Method> methods)
    {
        _services = [.. methods.Select(static method => method.Service).Concat(Methods.Select(static method => method.Service)).Distinct().Order(StringComparer.Ordinal)];
        Add(RangeRequest.Descriptor.File);
        Add(LockRequest.Descriptor.File);
        Add(CampaignRequest.Descriptor.File);
        Add(HealthCheckRequest.Descriptor.File);
        Add(ServerReflectionRequest.Descriptor.File);
    }

    /// <summary>The rows for the method table.</summary>
    public IReadOnlyList<Method> Methods =>
    [
        .. Versions.Select(version => new DuplexMethod<ServerReflectionRequest, ServerReflectionResponse>(
            $"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            ProtobufCodec<ServerReflectionRequest>.Instance,
            ProtobufCodec<ServerReflectionResponse>.Instance,
            AnswerAsync)),
    ];

    private async Task AnswerAsync(
        IRequestReader<ServerReflectionRequest> requests, IResponseWriter<ServerReflectionResponse> responses, CallContext context)
    {
        while (await requests.ReadAsync(context.Cancellation) is { } request)
            await responses.WriteAsync(Answer(request), context.Cancellation);
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { _services.Select(static name => new ServiceResponse { Name = name }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Describe(response, _files.GetValueOrDefault(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Describe(response, _symbols.GetValueOrDefault(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType when _symbols.ContainsKey(request.AllExtensionNumbersOfType):
                response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = request.AllExtensionNumbersOfType };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                Describe(response, null, request.AllExtensionNumbersOfType);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                Describe(response, null, request.FileContainingExtension.ContainingType);
                break;
            default:
                response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.InvalidArgument, ErrorMessage = "invalid MessageRequest: nothing is asked for" };
                break;
        }

        return response;
    }

    /// <summary>The file and all that it imports, so that the caller need not ask again.</summary>
    private static void Describe(ServerReflectionResponse response, FileDescriptor? file, string asked)
    {
        if (file is null)
        {
            response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.NotFound, ErrorMessage = asked + " is not known here" };
            return;
        }

        response.FileDescriptorResponse = new FileDescriptorResponse();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<FileDescriptor>([file]);
        while (waiting.TryDequeue(out FileDescriptor? next))
        {
            if (!seen.Add(next.Name))
                continue;
            response.FileDescriptorResponse.FileDescriptorProto.Add(next.SerializedData);
            foreach (FileDescriptor import in next.Dependencies)
                waiting.Enqueue(import);
        }
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
            return;
        foreach (ServiceDescriptor service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (MethodDescriptor method in service.Methods)
                _symbols[method.FullName] = file;
        }

        foreach (EnumDescriptor type in file.EnumTypes)
            _symbols[type.FullName] = file;
        foreach (MessageDescriptor message in file.MessageTypes)
            Add(message, file);
        foreach (FileDescriptor import in file.Dependencies)
            Add(import);
    }

    private void Add(MessageDescriptor message, FileDescriptor file)
    {
        _symbols[message.FullName] = file;
        foreach (EnumDescriptor type in message.EnumTypes)
            _symbols[type.FullName] = file;
        foreach (MessageDescriptor nested in message.NestedTypes)
            Add(nested, file);
    }
}
