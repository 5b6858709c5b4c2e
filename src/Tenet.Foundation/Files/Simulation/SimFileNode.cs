using Tenet.Foundation.Randomness;

namespace Tenet.Foundation.Files.Simulation;

/// <summary>
/// The content of a file twice: as programs see it, and as the medium holds it, with the changes in between. At a crash every 512-byte
/// sector is, independently of its neighbours, as it was at some moment between the last sync and the crash.
/// </summary>
/// <remarks>
/// SyncData makes bytes and growth durable. Shortening is metadata that reading back does not need: until Sync, or until the file has
/// grown and been synced again, a crash may bring the cut-off tail back.
/// </remarks>
internal sealed class SimFileNode : SimNode
{
    private const int SectorBytes = 512;

    private readonly Lock _gate = new();
    private readonly List<(object Holder, FileLockKind Kind, bool Exclusive)> _locks = [];

    // Changes since the last sync, in order.
    private readonly List<Change> _pending = [];

    // Arrays reach to the highest byte ever written; what lies between them and the length is zero.
    private byte[] _bytes = [];
    private byte[] _durableBytes = [];
    private long _length;
    private long _durableLength;
    private long _reservedBytes;

    // What SyncData cut off without Sync.
    private byte[]? _cutTail;
    private long _cutTailLength;

    public long Length
    {
        get
        {
            lock (_gate)
                return _length;
        }
    }

    /// <summary>Bytes of the disk that it occupies: what was written or reserved, without holes at the end.</summary>
    public long OccupiedBytes
    {
        get
        {
            lock (_gate)
                return _reservedBytes;
        }
    }

    public int Read(Span<byte> buffer, long offset)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(_length - offset, 0, buffer.Length);
            CopyOut(_bytes, offset, buffer[..count]);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> buffer, long offset)
    {
        lock (_gate)
        {
            _length = Math.Max(_length, offset + buffer.Length);
            _reservedBytes = Math.Max(_reservedBytes, offset + buffer.Length);
            CopyIn(ref _bytes, offset, buffer);
            _pending.Add(new Change(offset, buffer.Length, buffer.ToArray(), _length));
        }
    }

    public void SetLength(long length)
    {
        lock (_gate)
        {
            long cut = Math.Max(0, _length - length);
            if (length < _bytes.Length)
                _bytes.AsSpan((int)length).Clear();
            _length = length;
            _reservedBytes = Math.Min(_reservedBytes, length);
            _pending.Add(new Change(length, cut, null, length));
        }
    }

    public void Preallocate(long length)
    {
        lock (_gate)
        {
            if (length <= _length)
                return;
            _length = length;
            _reservedBytes = length;
            _pending.Add(new Change(length, 0, null, length));
        }
    }

    public void Sync(bool withMetadata)
    {
        lock (_gate)
        {
            if (withMetadata || _length > _durableLength)
                _cutTail = null;
            else if (_length < _durableLength)
            {
                _cutTailLength = _durableLength - _length;
                _cutTail = _length < _durableBytes.Length ? _durableBytes[(int)_length..] : [];
            }

            foreach (Change change in _pending)
                change.ApplyTo(ref _durableBytes, change.Offset, change.Count);
            _durableLength = _length;
            _pending.Clear();
        }
    }

    /// <summary>A sync failed: nothing written since the last one will ever reach the medium.</summary>
    public void ForgetPending()
    {
        lock (_gate)
            _pending.Clear();
    }

    public override void MakeDurable() => Sync(withMetadata: true);

    public bool TryLock(object holder, FileLockKind kind, bool exclusive)
    {
        lock (_gate)
        {
            foreach (var held in _locks)
            {
                if (held.Holder != holder && held.Kind == kind && (held.Exclusive || exclusive))
                    return false;
            }

            _locks.RemoveAll(held => held.Holder == holder && held.Kind == kind);
            _locks.Add((holder, kind, exclusive));
            return true;
        }
    }

    public void Unlock(object holder)
    {
        lock (_gate)
            _locks.RemoveAll(held => held.Holder == holder);
    }

    public ReadOnlyMemory<byte> Slice(long offset, int length, string path)
    {
        lock (_gate)
        {
            if (offset < 0 || length < 0 || offset > _length - length)
                throw new CorruptionException(path, offset, $"a range within the file's {_length} bytes", $"a range of {length} bytes");
            Grow(ref _bytes, offset + length);
            return _bytes.AsMemory((int)offset, length);
        }
    }

    public void FlipBit(long offset, int bit)
    {
        lock (_gate)
        {
            Invariant.That(offset >= 0 && offset < _length, $"byte {offset} is not in a file of {_length} bytes");
            Grow(ref _bytes, offset + 1);
            _bytes[offset] ^= (byte)(1 << bit);
            Grow(ref _durableBytes, offset + 1);
            _durableBytes[offset] ^= (byte)(1 << bit);
        }
    }

    public SimFileNode Clone()
    {
        lock (_gate)
        {
            var copy = new SimFileNode
            {
                _bytes = [.. _bytes],
                _durableBytes = [.. _durableBytes],
                _length = _length,
                _durableLength = _durableLength,
                _reservedBytes = _reservedBytes,
                _cutTail = _cutTail,
                _cutTailLength = _cutTailLength,
            };
            copy._pending.AddRange(_pending);
            return copy;
        }
    }

    /// <summary>The file as the medium may hold it if the power fails now.</summary>
    public SimFileNode Crash(SeededRandom random)
    {
        lock (_gate)
        {
            byte[] image = [.. _durableBytes];
            long length = ChooseSurvivors(random, ref image);
            if (_cutTail is not null && length == _durableLength && random.Chance(0.5))
            {
                CopyIn(ref image, length, _cutTail);
                length += _cutTailLength;
            }

            if (length < image.Length)
                Array.Resize(ref image, (int)length);
            return new SimFileNode
            {
                _bytes = image,
                _durableBytes = [.. image],
                _length = length,
                _durableLength = length,
                _reservedBytes = length,
            };
        }
    }

    private long ChooseSurvivors(SeededRandom random, ref byte[] image)
    {
        int count = _pending.Count;
        if (count == 0)
            return _durableLength;

        // Half of the crashes are the two clean ones: nothing arrived, everything arrived.
        int? fixedMoment = random.Next(4) switch { 0 => 0, 1 => count, _ => null };
        int Moment() => fixedMoment ?? random.Next(count + 1);

        int lengthMoment = Moment();
        long length = lengthMoment == 0 ? _durableLength : _pending[lengthMoment - 1].LengthAfter;
        var sectorMoments = new Dictionary<long, int>();
        for (int i = 0; i < count; i++)
        {
            Change change = _pending[i];

            // Zeros beyond the image and beyond what pending writes touch change nothing.
            long end = Math.Min(change.Offset + change.Count, Math.Max(image.Length, _bytes.Length));
            for (long at = change.Offset; at < end;)
            {
                long sector = at / SectorBytes;
                long pieceEnd = Math.Min(end, (sector + 1) * SectorBytes);
                if (!sectorMoments.TryGetValue(sector, out int moment))
                    sectorMoments.Add(sector, moment = Moment());
                if (i < moment)
                    change.ApplyTo(ref image, at, pieceEnd - at);
                at = pieceEnd;
            }
        }

        return length;
    }

    private static void CopyOut(byte[] from, long offset, Span<byte> target)
    {
        int held = (int)Math.Clamp(from.Length - offset, 0, target.Length);
        from.AsSpan((int)Math.Min(offset, from.Length), held).CopyTo(target);
        target[held..].Clear();
    }

    private static void CopyIn(ref byte[] into, long offset, ReadOnlySpan<byte> source)
    {
        Grow(ref into, offset + source.Length);
        source.CopyTo(into.AsSpan((int)offset));
    }

    private static void Grow(ref byte[] bytes, long needed)
    {
        if (needed > bytes.Length)
            Array.Resize(ref bytes, checked((int)Math.Max(needed, Math.Min(bytes.Length * 2L, Array.MaxLength))));
    }

    /// <summary>Bytes written at an offset, or (null) zeros there, and the length of the file after it.</summary>
    private readonly record struct Change(long Offset, long Count, byte[]? Bytes, long LengthAfter)
    {
        public void ApplyTo(ref byte[] image, long start, long count)
        {
            if (Bytes is not null)
                CopyIn(ref image, start, Bytes.AsSpan((int)(start - Offset), (int)count));
            else if (start < image.Length)
                image.AsSpan((int)start, (int)Math.Min(count, image.Length - start)).Clear();
        }
    }
}
