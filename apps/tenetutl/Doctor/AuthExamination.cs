using Google.Protobuf;
using Tenet.Bolt;
using Tenet.CommandLine;
using Tenet.Protocol.Authpb;

namespace Tenet.Utl.Doctor;

/// <summary>Users and roles: that each is stored under its name, that roles exist, and that somebody can still administer.</summary>
internal sealed class AuthExamination(BoltReadTransaction view, string path, Findings findings)
{
    private const string Check = "auth";
    private const string Root = "root";
    private const string Replace = "The record is not what any version writes. Replace the member, or restore it from a snapshot.";

    public void Run(DatabaseFacts facts)
    {
        if (view.Bucket("auth"u8) is { } auth)
        {
            facts.AuthEnabled = auth.TryGet("authEnabled"u8, out ReadOnlySpan<byte> enabled) && enabled is [1];
            if (auth.TryGet("authRevision"u8, out ReadOnlySpan<byte> revision) && revision.Length != sizeof(ulong))
                findings.Error(Check, path, $"authRevision is {Convert.ToHexStringLower(revision)}, not a number of 8 bytes", Replace);
        }

        List<User> users = Read("authUsers"u8, User.Parser, static user => user.Name);
        HashSet<string> roles = [.. Read("authRoles"u8, Role.Parser, static role => role.Name).Select(static role => role.Name.ToStringUtf8()), Root];
        foreach (User user in users)
        {
            foreach (string role in user.Roles.Where(role => !roles.Contains(role)))
                findings.Warning(Check, path, $"user {user.Name.ToStringUtf8()} has role {role}, which does not exist", "Take the role from the user, or add it.");
        }

        bool somebodyAdministers = users.Any(static user => user.Name.ToStringUtf8() == Root && user.Roles.Contains(Root));
        if (facts.AuthEnabled && !somebodyAdministers)
            findings.Warning(Check, path, "authentication is on, and there is no user root with the role root", "Nobody may administer this cluster. Restore a snapshot from before, or a newer one.");
    }

    private List<T> Read<T>(ReadOnlySpan<byte> bucket, MessageParser<T> parser, Func<T, ByteString> nameOf)
        where T : IMessage<T>
    {
        var all = new List<T>();
        BoltCursor? cursor = view.Bucket(bucket)?.Cursor();
        while (cursor?.Next() == true)
        {
            try
            {
                T record = parser.ParseFrom(cursor.Value);
                all.Add(record);
                if (!nameOf(record).Span.SequenceEqual(cursor.Key))
                    findings.Error(Check, path, $"{typeof(T).Name} {nameOf(record).ToStringUtf8()} is stored under the name {GoQuote.Bytes(cursor.Key)}", Replace);
            }
            catch (InvalidProtocolBufferException)
            {
                findings.Error(Check, path, $"the record of {typeof(T).Name} {GoQuote.Bytes(cursor.Key)} cannot be read", Replace);
            }
        }

        return all;
    }
}
