using Tenet.State.Mvcc;

namespace Tenet.State.Tests.Mvcc;

/// <summary>Leases as far as the store sees them: a set of IDs and which key hangs on which.</summary>
internal sealed class FakeLeases : ILeaseAttachments
{
    private readonly SortedDictionary<string, long> _attached = new(StringComparer.Ordinal);

    public HashSet<long> Granted { get; } = [];

    public IReadOnlyDictionary<string, long> Attached => _attached;

    public bool Exists(long lease) => Granted.Contains(lease);

    public long LeaseOf(ReadOnlySpan<byte> key) => _attached.GetValueOrDefault(Convert.ToHexString(key));

    public bool Attach(long lease, ReadOnlyMemory<byte> key)
    {
        if (!Granted.Contains(lease))
            return false;
        _attached[Convert.ToHexString(key.Span)] = lease;
        return true;
    }

    public void Detach(long lease, ReadOnlySpan<byte> key)
    {
        if (LeaseOf(key) == lease)
            _attached.Remove(Convert.ToHexString(key));
    }
}
