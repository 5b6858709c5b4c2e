using Google.Protobuf;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Wire;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Raft.Tests.Wire;

/// <summary>What the log and the snapshot files hold: entries, states, snapshots, configuration changes.</summary>
public sealed class RecordCodecTests
{
    private readonly SeededRandom _random = new(21);

    [Fact]
    public void An_entry_keeps_the_form_it_came_in()
    {
        for (int round = 0; round < 1000; round++)
        {
            byte[] bytes = GeneratedMessages.Entry(_random, everyField: _random.Chance(0.3)).ToByteArray();
            Entry entry = RaftCodec.ReadEntry(bytes);
            Assert.Equal(bytes.Length, RaftCodec.SizeOf(entry));
            Assert.Equal(bytes, RaftCodec.ToBytes(entry));
        }
    }

    [Fact]
    public void An_entry_made_here_has_no_type_unless_it_is_a_configuration_change()
    {
        Assert.Equal("10031807220161", Hex(RaftCodec.ToBytes(new Entry(3, 7, EntryType.Normal, new byte[] { 0x61 }))));
        Assert.Equal("10031807", Hex(RaftCodec.ToBytes(new Entry(3, 7, EntryType.Normal, default))));
        Assert.Equal("080110031807220161", Hex(RaftCodec.ToBytes(new Entry(3, 7, EntryType.ConfChange, new byte[] { 0x61 }))));
        Assert.Equal("0802", Hex(RaftCodec.ToBytes(new Entry(0, 0, EntryType.ConfChangeV2, default))));
    }

    [Fact]
    public void Entries_are_equal_if_their_content_is()
    {
        var entry = new Entry(1, 2, EntryType.Normal, new byte[] { 1, 2 });
        Assert.Equal(entry, new Entry(1, 2, EntryType.Normal, new byte[] { 0, 1, 2 }.AsMemory(1)) { Explicit = EntryFields.Type });
        Assert.NotEqual(entry, entry with { Data = new byte[] { 1, 3 } });
        Assert.NotEqual(entry, entry with { Type = EntryType.ConfChange });
    }

    [Fact]
    public void A_hard_state_has_all_its_fields()
    {
        byte[] bytes = new byte[32];
        int size = RaftCodec.Write(new HardState(1, 0, 300), bytes);
        Assert.Equal("0801100018ac02", Hex(bytes[..size]));
        Assert.Equal(size, RaftCodec.SizeOf(new HardState(1, 0, 300)));
        Assert.Equal(new HardState(1, 0, 300), RaftCodec.ReadHardState(bytes.AsMemory(0, size)));
        Assert.Equal(new HardState(0, 0, 5), RaftCodec.ReadHardState(new byte[] { 0x18, 5 }));
    }

    [Fact]
    public void Memberships_and_snapshots_are_written_as_the_generated_code_writes_them()
    {
        for (int round = 0; round < 1000; round++)
        {
            Pb.ConfState state = GeneratedMessages.ConfState(_random, everyField: _random.Chance(0.5));
            ConfState read = RaftCodec.ReadConfState(state.ToByteArray());
            byte[] written = new byte[RaftCodec.SizeOf(read)];
            Assert.Equal(written.Length, RaftCodec.Write(read, written));
            Assert.Equal(state.ToByteArray(), written);

            Pb.Snapshot snapshot = GeneratedMessages.Snapshot(_random, everyField: _random.Chance(0.5));
            Snapshot readSnapshot = RaftCodec.ReadSnapshot(snapshot.ToByteArray());
            byte[] writtenSnapshot = new byte[RaftCodec.SizeOf(readSnapshot)];
            Assert.Equal(writtenSnapshot.Length, RaftCodec.Write(readSnapshot, writtenSnapshot));
            Assert.Equal(snapshot.ToByteArray(), writtenSnapshot);
        }
    }

    [Fact]
    public void Member_ids_may_come_packed()
    {
        ConfState state = RaftCodec.ReadConfState(new byte[] { 0x0a, 0x03, 0x01, 0xac, 0x02, 0x08, 0x07, 0x28, 0x01 });
        Assert.Equal([1, 300, 7], state.Voters);
        Assert.True(state.AutoLeave);
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadConfState(new byte[] { 0x0a, 0x02, 0x01, 0xac, 0x02 }));
    }

    [Fact]
    public void Configuration_changes_are_written_as_the_generated_code_writes_them()
    {
        for (int round = 0; round < 500; round++)
        {
            var v1 = new Pb.ConfChange { Type = (Pb.ConfChangeType)_random.Next(4), NodeId = GeneratedMessages.Number(_random) };
            if (_random.Chance(0.5))
                v1.Id = GeneratedMessages.Number(_random);
            if (_random.Chance(0.5))
                v1.Context = ByteString.CopyFromUtf8("{\"id\":1}");
            Assert.Equal(v1.ToByteArray(), RaftCodec.ToBytes(RaftCodec.ReadConfChange(v1.ToByteArray())));

            var v2 = new Pb.ConfChangeV2();
            if (_random.Chance(0.5))
                v2.Transition = (Pb.ConfChangeTransition)_random.Next(3);
            for (int i = _random.Next(4); i > 0; i--)
            {
                v2.Changes.Add(new Pb.ConfChangeSingle
                {
                    Type = (Pb.ConfChangeType)_random.Next(4),
                    NodeId = GeneratedMessages.Number(_random),
                });
            }
            if (_random.Chance(0.5))
                v2.Context = ByteString.CopyFromUtf8("context");
            Assert.Equal(v2.ToByteArray(), RaftCodec.ToBytes(RaftCodec.ReadConfChangeV2(v2.ToByteArray())));
        }
    }

    [Fact]
    public void The_change_that_leaves_a_joint_configuration_has_no_bytes()
    {
        Assert.Empty(RaftCodec.ToBytes(ConfChangeV2.LeaveJoint));
        Assert.True(RaftCodec.ReadConfChangeV2(default).LeavesJoint);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("07")]
    [InlineData("10")]
    [InlineData("1080")]
    [InlineData("10ffffffffffffffffffffff")]
    [InlineData("2202")]
    [InlineData("22ffffffffffffffffff01")]
    [InlineData("0c")]
    [InlineData("2b")]
    [InlineData("2b34")]
    [InlineData("29010203")]
    [InlineData("2d010203")]
    public void Bytes_that_are_no_message_are_refused_by_every_reader(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadEntry(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadHardState(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadConfState(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadSnapshot(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadConfChange(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadConfChangeV2(bytes));
        Assert.Throws<RaftWireException>(() => RaftCodec.ReadMessage(bytes));
    }

    [Fact]
    public void Unknown_fields_of_every_wire_type_are_passed_over()
    {
        // 15: a number, 64 bits, bytes, a group with a number in it, 32 bits; then term 3.
        byte[] bytes = Convert.FromHexString("7805" + "79" + "0102030405060708" + "7a020102" + "7b08017c" + "7d01020304" + "1003");
        Assert.Equal(3ul, RaftCodec.ReadEntry(bytes).Term);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_never_anything_else()
    {
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = new byte[_random.Next(40)];
            _random.Fill(bytes);
            foreach (Action read in (Action[])[
                () => RaftCodec.ReadEntry(bytes),
                () => RaftCodec.ReadHardState(bytes),
                () => RaftCodec.ReadSnapshot(bytes),
                () => RaftCodec.ReadConfChangeV2(bytes),
                () => RaftCodec.ReadMessage(bytes)])
            {
                Exception? failure = Record.Exception(read);
                Assert.True(failure is null or RaftWireException, $"{Convert.ToHexString(bytes)}: {failure}");
            }
        }
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
