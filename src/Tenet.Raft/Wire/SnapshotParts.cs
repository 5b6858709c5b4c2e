namespace Tenet.Raft.Wire;

/// <summary>A snapshot being read: the same embedded message may come in several pieces.</summary>
internal sealed class SnapshotParts
{
    private ReadOnlyMemory<byte> _data;
    private ConfStateParts? _confState;
    private ulong _index;
    private ulong _term;

    public void Add(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    _data = reader.Bytes() ?? _data;
                    break;
                case 2:
                    if (reader.Bytes() is { } metadata)
                        AddMetadata(metadata);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    public Snapshot ToSnapshot() => new(_index, _term, _confState?.ToConfState() ?? ConfState.Empty, _data);

    private void AddMetadata(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    if (reader.Bytes() is { } state)
                        (_confState ??= new ConfStateParts()).Add(state);
                    break;
                case 2:
                    _index = reader.Number() ?? _index;
                    break;
                case 3:
                    _term = reader.Number() ?? _term;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }
}
