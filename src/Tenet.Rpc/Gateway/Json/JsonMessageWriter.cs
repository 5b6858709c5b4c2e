using System.Buffers;
using System.Buffers.Text;
using Google.Protobuf.Reflection;
using Tenet.Foundation;

namespace Tenet.Rpc.Gateway.Json;

/// <summary>
/// From protobuf's wire format to JSON while it is being written: a codec writes a message into it, piece by piece, and what has arrived leaves
/// as JSON at once. So the stored records of a large range become text without ever being messages. Names as in the .proto file, 64-bit numbers as
/// strings, bytes in base64, enums by name; what is not on the wire is left out (contract/api.md, 4.2).
/// </summary>
/// <remarks>Relies on what every codec here does: fields in the order of their numbers, a repeated field's values one after another.</remarks>
internal sealed class JsonMessageWriter(JsonOutput output) : IBufferWriter<byte>, IDisposable
{
    private const int StagedBytes = 4 * 1024;
    private const int GroupsAtOnce = 1024;

    private readonly Stack<Frame> _outer = new();
    private byte[] _staged = [];
    private int _start;
    private int _end;
    private long _position;
    private Frame _frame;
    private bool _html;
    private long _payloadLeft;
    private FieldShape? _payload;

    private struct Frame
    {
        public MessageShape Shape;
        public long End;
        public FieldShape? OpenArray;
        public bool HasFields;
    }

    /// <summary>Begins a message. With <paramref name="html"/> its strings are escaped as in the frames of streams.</summary>
    public void Begin(MessageShape shape, bool html)
    {
        Invariant.That(_outer.Count == 0 && _start == _end, $"a message begins within another");
        _html = html;
        _position = 0;
        _frame = new Frame { Shape = shape, End = long.MaxValue };
        output.Write((byte)'{');
    }

    /// <summary>Ends the message.</summary>
    public void End()
    {
        Invariant.That(_outer.Count == 0 && _start == _end && _payload is null, $"a message of type {_frame.Shape.Name} is cut off");
        CloseArray();
        output.Write((byte)'}');
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        _end += count;
        while (Step())
        {
        }
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _staged.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _staged.AsSpan(_end);
    }

    public void Dispose()
    {
        if (_staged.Length > 0)
            ArrayPool<byte>.Shared.Return(_staged);
        _staged = [];
    }

    private ReadOnlySpan<byte> Staged => _staged.AsSpan(_start, _end - _start);

    private void Reserve(int bytes)
    {
        bytes = Math.Max(bytes, 1);
        if (_staged.Length - _end >= bytes)
            return;
        int kept = _end - _start;
        byte[] target = _staged;
        if (target.Length - kept < Math.Max(bytes, target.Length / 2))
            target = ArrayPool<byte>.Shared.Rent(Math.Max(StagedBytes, 2 * (kept + bytes)));
        Staged.CopyTo(target);
        if (target != _staged && _staged.Length > 0)
            ArrayPool<byte>.Shared.Return(_staged);
        _staged = target;
        _start = 0;
        _end = kept;
    }

    private void Consume(int bytes)
    {
        _start += bytes;
        _position += bytes;
    }

    /// <returns>Whether anything could be done with what has arrived.</returns>
    private bool Step()
    {
        if (_payload is not null)
            return StepPayload(_payload);
        if (_position == _frame.End)
        {
            CloseArray();
            output.Write((byte)'}');
            _frame = _outer.Pop();
            return true;
        }

        ReadOnlySpan<byte> staged = Staged;
        int at = 0;
        if (!TryReadVarint(staged, ref at, out ulong tag) || !TryReadVarint(staged, ref at, out ulong value))
            return false;
        FieldShape? found = _frame.Shape.Find((uint)(tag >> 3));
        Invariant.That(found is not null && tag % 8 is 0 or 2, $"a message of type {_frame.Shape.Name} holds an unknown field");
        Consume(at);
        OpenField(found);
        if (tag % 8 == 0)
            WriteScalar(found, value);
        else
            BeginPayload(found, (long)value);
        return true;
    }

    private void BeginPayload(FieldShape field, long length)
    {
        if (field.Type == FieldType.Message)
        {
            output.Write((byte)'{');
            _outer.Push(_frame);
            _frame = new Frame { Shape = field.Message, End = _position + length };
            return;
        }

        Invariant.That(field.Type is FieldType.Bytes or FieldType.String, $"numbers of field {field.Name} are packed");
        _payload = field;
        _payloadLeft = length;
        if (field.Type == FieldType.Bytes)
            output.Write((byte)'"');
    }

    private bool StepPayload(FieldShape field)
    {
        ReadOnlySpan<byte> staged = Staged;
        if (staged.Length > _payloadLeft)
            staged = staged[..(int)_payloadLeft];
        if (field.Type == FieldType.String)
        {
            // Strings are short, and escaping wants them whole.
            if (staged.Length < _payloadLeft)
                return false;
            JsonStrings.Write(output, staged, _html);
            EndPayload(staged.Length);
            return true;
        }

        bool last = staged.Length == _payloadLeft;
        int taken = last ? staged.Length : staged.Length / 3 * 3;
        if (taken == 0 && !last)
            return false;
        WriteBase64(staged[..taken]);
        if (last)
        {
            output.Write((byte)'"');
            EndPayload(taken);
        }
        else
        {
            Consume(taken);
            _payloadLeft -= taken;
        }

        return true;
    }

    private void EndPayload(int consumed)
    {
        Consume(consumed);
        _payload = null;
        _payloadLeft = 0;
    }

    private void WriteBase64(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, 3 * GroupsAtOnce)];
            Base64.EncodeToUtf8(part, output.Room((part.Length + 2) / 3 * 4), out _, out int written);
            output.Advance(written);
            bytes = bytes[part.Length..];
        }
    }

    private void OpenField(FieldShape field)
    {
        if (_frame.OpenArray == field)
        {
            output.Write((byte)',');
            return;
        }

        CloseArray();
        if (_frame.HasFields)
            output.Write((byte)',');
        _frame.HasFields = true;
        output.Write(field.Label);
        if (!field.IsRepeated)
            return;
        _frame.OpenArray = field;
        output.Write((byte)'[');
    }

    private void CloseArray()
    {
        if (_frame.OpenArray is null)
            return;
        _frame.OpenArray = null;
        output.Write((byte)']');
    }

    private void WriteScalar(FieldShape field, ulong value)
    {
        switch (field.Type)
        {
            case FieldType.Bool:
                output.Write(value != 0 ? "true"u8 : "false"u8);
                break;
            case FieldType.Enum when field.EnumName((int)value) is { } name:
                output.Write(name);
                break;
            case FieldType.Enum or FieldType.Int32:
                WriteNumber((int)value);
                break;
            case FieldType.UInt32:
                WriteNumber((uint)value);
                break;
            case FieldType.Int64:
                output.Write((byte)'"');
                WriteNumber((long)value);
                output.Write((byte)'"');
                break;
            default:
                output.Write((byte)'"');
                Utf8Formatter.TryFormat(value, output.Room(20), out int written);
                output.Advance(written);
                output.Write((byte)'"');
                break;
        }
    }

    private void WriteNumber(long number)
    {
        Utf8Formatter.TryFormat(number, output.Room(20), out int written);
        output.Advance(written);
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; at < bytes.Length; shift += 7)
        {
            byte one = bytes[at++];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80)
                return true;
        }

        return false;
    }
}
