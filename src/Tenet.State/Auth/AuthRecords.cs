using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Calls;
using Tenet.State.Backends;

namespace Tenet.State.Auth;

/// <summary>The three buckets of authentication, byte for byte as etcd writes them (contract/storage.md, 5.6).</summary>
internal static class AuthRecords
{
    private static readonly byte[] EnabledKey = "authEnabled"u8.ToArray();
    private static readonly byte[] RevisionKey = "authRevision"u8.ToArray();

    /// <exception cref="CorruptionException">A record is not what it should be.</exception>
    public static AuthView Read(Backend backend)
    {
        using BackendRead read = backend.OpenRead();
        bool enabled = read.TryGet(Bucket.Auth, EnabledKey, out ReadOnlySpan<byte> flag) && flag is [1];
        ulong revision = 0;
        if (read.TryGet(Bucket.Auth, RevisionKey, out ReadOnlySpan<byte> stored))
        {
            if (stored.Length != sizeof(ulong))
                throw new CorruptionException("bucket auth of the db file", 0, "an auth revision of 8 bytes", Convert.ToHexStringLower(stored));
            revision = BinaryPrimitives.ReadUInt64BigEndian(stored);
        }

        return new AuthView
        {
            Enabled = enabled,
            Revision = revision,
            Users = ReadAll(read, Bucket.AuthUsers, User.Parser, static user => user.Name, AuthView.NoUsers),
            Roles = ReadAll(read, Bucket.AuthRoles, Role.Parser, static role => role.Name, AuthView.NoRoles),
        };
    }

    public static void PutEnabled(Backend backend, bool enabled) => backend.Put(Bucket.Auth, EnabledKey, [enabled ? (byte)1 : (byte)0]);

    public static void PutRevision(Backend backend, ulong revision)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(value, revision);
        backend.Put(Bucket.Auth, RevisionKey, value);
    }

    public static void Put(Backend backend, User user) => backend.Put(Bucket.AuthUsers, user.Name.Span, user.ToByteArray());

    public static void Put(Backend backend, Role role) => backend.Put(Bucket.AuthRoles, role.Name.Span, role.ToByteArray());

    public static void DeleteUser(Backend backend, string name) => backend.Delete(Bucket.AuthUsers, Encoding.UTF8.GetBytes(name));

    public static void DeleteRole(Backend backend, string name) => backend.Delete(Bucket.AuthRoles, Encoding.UTF8.GetBytes(name));

    private static ImmutableSortedDictionary<string, T> ReadAll<T>(
        BackendRead read, Bucket bucket, MessageParser<T> parser, Func<T, ByteString> nameOf, ImmutableSortedDictionary<string, T> none)
        where T : IMessage<T>
    {
        ImmutableSortedDictionary<string, T>.Builder all = none.ToBuilder();
        BackendCursor cursor = read.Scan(bucket, []);
        while (cursor.MoveNext())
        {
            try
            {
                T record = parser.ParseChecked(cursor.Value);
                all[nameOf(record).ToStringUtf8()] = record;
            }
            catch (InvalidProtocolBufferException)
            {
                throw new CorruptionException(
                    $"bucket {Encoding.UTF8.GetString(BucketNames.Of(bucket))} of the db file", 0, $"an encoded {typeof(T).Name}", Convert.ToHexStringLower(cursor.Value));
            }
        }

        return all.ToImmutable();
    }
}
