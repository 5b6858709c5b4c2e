using Tenet.Client.Discovery;
using Tenet.Tests;

namespace Tenet.Client.Tests;

/// <summary>The way to DNS, against a server on the loopback interface.</summary>
public sealed class SrvRecordsTests
{
    [Fact]
    public async Task An_answer_that_is_cut_off_is_asked_for_again_over_tcp()
    {
        await using var server = new FakeDnsServer(FakeDnsServer.Answer([(1, 1, 2380, "a.example.com")]), truncateUdp: true);
        Assert.Equal([new DnsService(1, 1, 2380, "a.example.com.")], await server.Records.FindAsync("_x._tcp.example.com", default));
    }

    [Fact]
    public async Task A_name_without_records_and_a_server_that_fails_are_told_apart()
    {
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 3)))
            Assert.EndsWith("no such host", (await Assert.ThrowsAsync<IOException>(() => server.Records.FindAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
        await using (var server = new FakeDnsServer(FakeDnsServer.Answer([], code: 2)))
            Assert.EndsWith("server misbehaving", (await Assert.ThrowsAsync<IOException>(() => server.Records.FindAsync("_x._tcp.example.com", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_answers_are_refused_and_nothing_else_happens()
    {
        byte[] whole = FakeDnsServer.Answer([(1, 1, 2380, "a.example.com"), (2, 1, 2380, "b.example.com")])(DnsMessage.Question(7, "_x._tcp.example.com"));
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<FormatException>(() => DnsMessage.Read(whole.AsSpan(0, length), 7));
        Assert.Throws<FormatException>(() => DnsMessage.Read(whole, 8));

        // Names that point at themselves, or forward, would be read without end.
        for (int at = 12; at < whole.Length; at++)
        {
            byte[] pointing = [.. whole];
            pointing[at] = 0xC0;
            try
            {
                _ = DnsMessage.Read(pointing, 7);
            }
            catch (FormatException)
            {
                // As good as an answer.
            }
        }
    }
}
