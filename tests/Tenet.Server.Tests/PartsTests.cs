using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Raft;
using Tenet.Server.Loops;
using Tenet.Server.Observability;
using Tenet.Server.Requests;

namespace Tenet.Server.Tests;

public sealed class PartsTests
{
    [Fact]
    public void Request_identifiers_are_etcds()
    {
        // Recorded: member 822a8f1a5be16697 issued 6697a201ebf2a403 as its third, started at this millisecond.
        var ids = new RequestIdGenerator(0x822a8f1a5be16697, DateTimeOffset.FromUnixTimeMilliseconds(1795328570020));
        ids.Next();
        ids.Next();
        Assert.Equal(0x6697a201ebf2a403UL, ids.Next());
        Assert.True(new RequestIdGenerator(ulong.MaxValue, DateTimeOffset.UnixEpoch).NextLeaseId() > 0);
    }

    [Theory]
    [InlineData("220a0a03666f6f1203626172a2060a0882c8cadf9ec0e8cb66", 0x6697a201ebf2a402UL)]
    [InlineData("088182cadf9ec0e8d5241203505554", 0x24ab0a01ebf2a401UL)]
    [InlineData("", 0UL)]
    [InlineData("ffffffffffffffffffffffff", 0UL)]
    [InlineData("22ff01", 0UL)]
    public void The_identifier_of_a_request_is_found_in_its_bytes(string hex, ulong expected)
    {
        ulong found = RequestIdReader.Read(Convert.FromHexString(hex));
        if (hex.StartsWith("08", StringComparison.Ordinal))
            Assert.NotEqual(0UL, found);
        else
            Assert.Equal(expected, found);
    }

    [Fact]
    public void A_mailbox_gives_everything_in_order_and_refuses_beyond_its_capacity()
    {
        using var signal = new WakeSignal();
        var mailbox = new Mailbox<int>(signal, capacity: 3);
        Assert.Empty(mailbox.TakeAll());
        Assert.True(mailbox.TryPost(1) && mailbox.TryPost(2) && mailbox.TryPost(3));
        Assert.False(mailbox.TryPost(4));
        Assert.Equal([1, 2, 3], mailbox.TakeAll());
        Assert.True(mailbox.TryPost(5));
        Assert.Equal([5], mailbox.TakeAll());
        Assert.Empty(mailbox.TakeAll());
    }

    [Fact]
    public void A_signal_set_before_the_wait_is_not_lost()
    {
        using var signal = new WakeSignal();
        signal.Set();
        signal.Set();
        long started = Environment.TickCount64;
        signal.Wait(TimeSpan.FromSeconds(30));
        Assert.True(Environment.TickCount64 - started < 10_000);
    }

    [Fact]
    public async Task A_sleeping_thread_is_woken_by_every_item()
    {
        using var signal = new WakeSignal();
        var mailbox = new Mailbox<int>(signal);
        const int Items = 20_000;
        Task<int> consumer = Task.Run(() =>
        {
            int seen = 0;
            while (seen < Items)
            {
                int taken = mailbox.TakeAll().Count;
                if (taken == 0)
                    signal.Wait(TimeSpan.FromSeconds(30));
                seen += taken;
            }

            return seen;
        });
        for (int i = 0; i < Items; i++)
            mailbox.TryPost(i);
        Assert.Equal(Items, await consumer.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void The_log_in_memory_is_bounded_in_entries_and_in_bytes()
    {
        var tail = new LogTail(entriesMax: 10, bytesMax: 1000);
        for (ulong index = 1; index <= 20; index++)
            tail.Appended([new Entry(1, index, EntryType.Normal, new byte[10])]);
        Assert.Equal(10UL, tail.CompactionIndex(20));
        tail.Compacted(10);
        tail.Appended([new Entry(1, 21, EntryType.Normal, new byte[900])]);
        tail.Appended([new Entry(1, 22, EntryType.Normal, new byte[900])]);
        Assert.Equal(21UL, tail.CompactionIndex(22));
        Assert.Equal(0UL, tail.CompactionIndex(5));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(814_300, "81.43ms")]
    [InlineData(15_000_000, "1.5s")]
    [InlineData(5, "500ns")]
    [InlineData(8_143, "814.3µs")]
    [InlineData(36_610_000_000, "1h1m1s")]
    [InlineData(72_000_000_000, "2h0m0s")]
    [InlineData(-15_000_000, "-1.5s")]
    public void Durations_read_as_in_go(long ticks, string expected) => Assert.Equal(expected, GoDuration.Format(TimeSpan.FromTicks(ticks)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(20480, "20 kB")]
    [InlineData(16384, "16 kB")]
    [InlineData(2147483648, "2.1 GB")]
    [InlineData(999, "999 B")]
    public void Sizes_read_as_in_etcds_lines(long bytes, string expected) => Assert.Equal(expected, ByteCounts.Format(bytes));

    [Fact]
    public void A_logged_request_shows_its_key_and_only_the_size_of_its_value()
    {
        var request = new InternalRaftRequest { Header = new RequestHeader { ID = 7 }, Put = Support.TestMember.PutRequest("key", "secret") };
        string text = RequestText.Of(request);
        Assert.Equal("header:<ID:7 > put:<key:\"key\" value_size:6 >", text);
    }
}
