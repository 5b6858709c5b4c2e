namespace Tenet.Raft.Wire;

/// <summary>A membership being read: the same embedded message may come in several pieces.</summary>
internal sealed class ConfStateParts
{
    private readonly List<ulong> _voters = [];
    private readonly List<ulong> _learners = [];
    private readonly List<ulong> _votersOutgoing = [];
    private readonly List<ulong> _learnersNext = [];
    private ulong? _autoLeave;

    public void Add(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Numbers(_voters);
                    break;
                case 2:
                    reader.Numbers(_learners);
                    break;
                case 3:
                    reader.Numbers(_votersOutgoing);
                    break;
                case 4:
                    reader.Numbers(_learnersNext);
                    break;
                case 5:
                    _autoLeave = reader.Number() ?? _autoLeave;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    public ConfState ToConfState() =>
        new(_voters, _learners, _votersOutgoing, _learnersNext, _autoLeave is > 0) { HasAutoLeave = _autoLeave is not null };
}
