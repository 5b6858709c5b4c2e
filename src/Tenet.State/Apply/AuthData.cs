using System.Buffers.Binary;
using Tenet.State.Backends;

namespace Tenet.State.Apply;

/// <summary>
/// What this version knows of authentication: whether a data directory uses it. A member must not serve such a directory, as it would let everybody in.
/// </summary>
public static class AuthData
{
    private static readonly byte[] EnabledKey = "authEnabled"u8.ToArray();
    private static readonly byte[] RevisionKey = "authRevision"u8.ToArray();

    /// <summary>Whether authentication is on in this backend (contract/storage.md, 5.6).</summary>
    public static bool EnabledIn(Backend backend)
    {
        using BackendRead read = backend.OpenRead();
        return read.TryGet(Bucket.Auth, EnabledKey, out ReadOnlySpan<byte> value) && value is [1, ..];
    }

    /// <summary>Gives a new backend the auth revision that every member starts with, so that members' backends stay equal.</summary>
    public static void Initialize(Backend backend)
    {
        using (BackendRead read = backend.OpenRead())
        {
            if (read.TryGet(Bucket.Auth, RevisionKey, out _))
                return;
        }

        Span<byte> first = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(first, 1);
        backend.Put(Bucket.Auth, RevisionKey, first);
    }
}
