using System.Buffers.Binary;
using Google.Protobuf;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Bench.Http2;

/// <summary>One watch stream with many watchers of one key; counts the events that reach them.</summary>
internal sealed class WatchConnection(ByteString key, int watchers) : Http2Connection("/etcdserverpb.Watch/Watch")
{
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _held = new byte[64 * 1024];
    private int _heldLength;
    private int _createdCount;
    private long _events;
    private bool _ended;

    /// <summary>Events that have arrived; readable from any thread.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>Completes when all watchers exist.</summary>
    public Task Created => _created.Task;

    protected override bool IsDone => _ended;

    public async Task RunAsync()
    {
        int stream = AppendHeaders();
        WatchRequest create = new() { CreateRequest = new() { Key = key } };
        byte[] frame = new byte[5 + create.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        create.WriteTo(frame.AsSpan(5));
        for (int i = 0; i < watchers; i++)
            AppendData(stream, frame, end: false);
        await LoopAsync();
    }

    protected override void OnEnd(int stream) => _ended = true;

    protected override void OnData(int stream, ReadOnlySpan<byte> data)
    {
        if (_held.Length - _heldLength < data.Length)
            Array.Resize(ref _held, Math.Max(_held.Length * 2, _heldLength + data.Length));
        data.CopyTo(_held.AsSpan(_heldLength));
        _heldLength += data.Length;
        int at = 0;
        while (_heldLength - at >= 5)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(_held.AsSpan(at + 1));
            if (_heldLength - at < 5 + length)
                break;
            OnMessage(_held.AsSpan(at + 5, length));
            at += 5 + length;
        }
        _held.AsSpan(at, _heldLength - at).CopyTo(_held);
        _heldLength -= at;
    }

    /// <summary>Counts the events of a response by walking over its fields; decoding them would cost more than serving them.</summary>
    private void OnMessage(ReadOnlySpan<byte> message)
    {
        const int CreatedField = 3, EventsField = 11;
        int events = 0;
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = ReadVarint(message, ref at);
            ulong value = ReadVarint(message, ref at);
            if ((tag & 7) == 2)
                at += (int)value;
            switch ((int)(tag >> 3))
            {
                case CreatedField when value == 1:
                    if (++_createdCount == watchers)
                        _created.TrySetResult();
                    break;
                case EventsField:
                    events++;
                    break;
            }
        }
        Volatile.Write(ref _events, _events + events);
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
