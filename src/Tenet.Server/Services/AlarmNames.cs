using System.Globalization;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Server.Services;

/// <summary>Alarm types as clients and metrics see them written.</summary>
internal static class AlarmNames
{
    public static string Of(AlarmType type) => type switch
    {
        AlarmType.None => "NONE",
        AlarmType.Nospace => "NOSPACE",
        AlarmType.Corrupt => "CORRUPT",
        _ => ((int)type).ToString(CultureInfo.InvariantCulture),
    };
}
