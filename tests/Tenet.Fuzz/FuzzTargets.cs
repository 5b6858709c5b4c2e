using Tenet.Fuzz.Targets;

namespace Tenet.Fuzz;

/// <summary>All targets, by their names on the command line.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyDictionary<string, Func<FuzzTarget>> All { get; } = new Dictionary<string, Func<FuzzTarget>>
    {
        ["codecs"] = static () => new CodecTarget(),
        ["calls"] = static () => new CallTarget(),
        ["http2"] = static () => new Http2Target(),
        ["json"] = static () => new JsonTarget(),
        ["peer-frames"] = static () => new PeerFrameTarget(),
        ["peer-port"] = static () => new PeerPortTarget(),
        ["wal"] = static () => new WalTarget(),
        ["db"] = static () => new DatabaseTarget(),
        ["snap"] = static () => new SnapshotFileTarget(),
        ["restart"] = static () => new RestartTarget(),
    };
}
