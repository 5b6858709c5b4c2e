using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Framing;

namespace Tenet.Client.Tests.Servers;

/// <summary>Answers calls as a test wants it.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private FakeServer(WebApplication application, string endpoint) => (_application, Endpoint) = (application, endpoint);

    public string Endpoint { get; }

    public static async Task<FakeServer> StartAsync(Func<HttpContext, Task> answer, string? socketPath = null)
    {
        int port = Ports.Next();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (socketPath is null)
                kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
            else
                kestrel.ListenUnixSocket(socketPath, listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication application = builder.Build();
        application.Run(context => answer(context));
        await application.StartAsync();
        return new FakeServer(application, socketPath is null ? $"127.0.0.1:{port}" : $"unix:{socketPath}");
    }

    /// <summary>Answers with a status alone.</summary>
    public static Task RefuseAsync(HttpContext context, EtcdError error)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)error.Code).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = StatusText.Encode(error.Message);
        return Task.CompletedTask;
    }

    /// <summary>Answers with a message, as soon as something of the request has come.</summary>
    public static async Task AnswerAsync(HttpContext context, IMessage message)
    {
        await context.Request.BodyReader.ReadAsync();
        context.Response.ContentType = "application/grpc";
        byte[] frame = new byte[MessageFrame.HeaderBytes + message.CalculateSize()];
        MessageFrame.WriteHeader(frame, compressed: false, frame.Length - MessageFrame.HeaderBytes);
        message.WriteTo(frame.AsSpan(MessageFrame.HeaderBytes));
        await context.Response.BodyWriter.WriteAsync(frame);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}
