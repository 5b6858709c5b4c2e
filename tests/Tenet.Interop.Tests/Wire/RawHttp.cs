using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tenet.Interop.Tests.Wire;

/// <summary>Sends bytes as they are to a port and takes apart what comes back, whether or not any of it is proper HTTP.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The answer's status, the headers that are asked for, and its body; or how the connection ended.</summary>
    public static async Task<string> AskAsync(int port, byte[] request, params string[] headers)
    {
        using CancellationTokenSource limit = new(Limit);
        using TcpClient connection = new() { NoDelay = true };
        await connection.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        NetworkStream stream = connection.GetStream();
        Task sending = SendAsync(stream, request, limit.Token);
        try
        {
            Reader reader = new(stream, limit.Token);
            string[] head = await reader.HeadAsync();
            string status = head[0].Split(' ', 3) is [_, { } code, ..] ? code : head[0];
            StringBuilder answer = new(status);
            foreach (string name in headers)
            {
                if (Header(head, name) is { } value)
                    answer.Append(CultureInfo.InvariantCulture, $"; {name}: {value}");
            }
            // A stream that was accepted never ends.
            bool endless = status == "200" && Header(head, "X-Server-Version") is not null;
            return endless ? answer.Append("; a stream").ToString() : answer.Append("; ").Append(await BodyAsync(reader, head)).ToString();
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            return "the connection was closed";
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
        finally
        {
            await sending;
        }
    }

    private static async Task SendAsync(NetworkStream stream, byte[] request, CancellationToken cancel)
    {
        try
        {
            await stream.WriteAsync(request, cancel);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // Answered before everything was sent.
        }
    }

    private static string? Header(string[] head, string name)
    {
        foreach (string line in head.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[..colon].Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }
        return null;
    }

    private static async Task<string> BodyAsync(Reader reader, string[] head)
    {
        if (Header(head, "Transfer-Encoding") == "chunked")
        {
            StringBuilder body = new();
            try
            {
                while (true)
                {
                    int size = int.Parse(await reader.LineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    body.Append(Encoding.Latin1.GetString(await reader.BytesAsync(size)));
                    await reader.LineAsync();
                    if (size == 0)
                        return body.ToString();
                }
            }
            catch (IOException)
            {
                // etcd ends some answers by dropping the connection; everything has been said by then.
                return body.ToString();
            }
        }
        int length = Header(head, "Content-Length") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : 0;
        return Encoding.Latin1.GetString(await reader.BytesAsync(length));
    }

    private sealed class Reader(Stream stream, CancellationToken cancel)
    {
        private readonly BufferedStream _stream = new(stream);

        public async Task<string[]> HeadAsync()
        {
            List<string> lines = [];
            while (await LineAsync() is { Length: > 0 } line)
                lines.Add(line);
            return lines.Count > 0 ? [.. lines] : throw new IOException("an empty head");
        }

        public async Task<string> LineAsync()
        {
            StringBuilder line = new();
            byte[] one = new byte[1];
            while (true)
            {
                await _stream.ReadExactlyAsync(one, cancel);
                if (one[0] == '\n')
                    return line.ToString().TrimEnd('\r');
                line.Append((char)one[0]);
            }
        }

        public async Task<byte[]> BytesAsync(int count)
        {
            byte[] bytes = new byte[count];
            await _stream.ReadExactlyAsync(bytes, cancel);
            return bytes;
        }
    }
}
