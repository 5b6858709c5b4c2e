using Tenet.CommandLine;
using Tenet.Ctl.Keys;
using Tenet.Ctl.Output;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Etcdserverpb;
using PermissionType = Tenet.Protocol.Authpb.Permission.Types.Type;

namespace Tenet.Ctl.Users;

/// <summary>Results of commands on roles.</summary>
internal static class RoleReports
{
    private const string Root = "root";

    public static Report Role(string name, AuthRoleGetResponse response) => new()
    {
        Message = response,
        Simple = writer =>
        {
            writer.Line($"Role {name}");
            bool everything = name == Root && response.Perm.Count == 0;
            writer.Line("KV Read:");
            Ranges(writer, everything, response.Perm.Where(static permission => permission.PermType != PermissionType.Write));
            writer.Line("KV Write:");
            Ranges(writer, everything, response.Perm.Where(static permission => permission.PermType != PermissionType.Read));
        },
        Fields = writer =>
        {
            writer.Header(response.Header);
            foreach (Permission permission in response.Perm)
            {
                writer.Value("PermType", " " + permission.PermType.ToString().ToUpperInvariant());
                writer.Quoted("Key", permission.Key);
                writer.Quoted("RangeEnd", permission.RangeEnd);
            }
        },
    };

    public static Report List(AuthRoleListResponse response) => new()
    {
        Message = response,
        Simple = writer =>
        {
            foreach (string role in response.Roles)
                writer.Line(role);
        },
        Fields = writer =>
        {
            writer.Header(response.Header);
            writer.Line($"\"Roles\" :{string.Concat(response.Roles.Select(static role => " " + GoQuote.Text(role)))}");
        },
    };

    private static void Ranges(SimpleWriter writer, bool everything, IEnumerable<Permission> permissions)
    {
        if (everything)
            writer.Line("\t[, <open ended>");
        foreach (Permission permission in permissions)
            writer.Line("\t" + Range(permission));
    }

    private static string Range(Permission permission)
    {
        string key = RawText.Decode(permission.Key.Span);
        if (permission.RangeEnd.IsEmpty)
            return key;
        string range = permission.RangeEnd == KeyRanges.Zero ? $"[{key}, <open ended>" : $"[{key}, {RawText.Decode(permission.RangeEnd.Span)})";
        bool isPrefix = !permission.Key.IsEmpty && permission.RangeEnd == KeyRanges.PrefixEnd(permission.Key);
        return isPrefix ? $"{range} (prefix {key})" : range;
    }
}
