using Tenet.Foundation.Files;
using Tenet.Foundation.Logging;

namespace Tenet.Server.Bootstrap;

/// <summary>The directories of a member: what must be there, and what must not (contract/storage.md, 1.1).</summary>
internal static class DataDirectory
{
    private const string Probe = ".touch";

    /// <summary>Makes what is missing and proves that the member may write.</summary>
    /// <exception cref="MemberStartException">It may not, or the directory is something else's.</exception>
    public static void Prepare(MemberOptions options, MemberSeams seams)
    {
        try
        {
            DurableDirectory.Create(seams.Files, options.DataDirectory);
            CheckContent(options, seams);
            DurableDirectory.Create(seams.Files, options.SnapshotDirectory);
            if (Path.GetDirectoryName(options.EffectiveWalDirectory) is { Length: > 0 } walParent)
                DurableDirectory.Create(seams.Files, walParent);
            ProbeWritable(seams.Files, options.DataDirectory);
            ProbeWritable(seams.Files, options.SnapshotDirectory);
            if (seams.Files.DirectoryExists(options.EffectiveWalDirectory))
                ProbeWritable(seams.Files, options.EffectiveWalDirectory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MemberStartException($"cannot access data directory: {failure.Message}", failure);
        }
    }

    private static void CheckContent(MemberOptions options, MemberSeams seams)
    {
        bool isMember = false;
        bool isProxy = false;
        foreach (string name in seams.Files.List(options.DataDirectory))
        {
            isMember |= name == "member";
            isProxy |= name == "proxy";
            if (name is not ("member" or "proxy" or Probe))
            {
                seams.Log.Warn(
                    "found invalid file under data directory",
                    new LogField("filename", name),
                    new LogField("data-dir", options.DataDirectory));
            }
        }

        if (isMember && isProxy)
            throw new MemberStartException("invalid datadir. Both member and proxy directories exist.");
        if (isProxy)
            throw new MemberStartException("unknown directory type: proxy");
    }

    private static void ProbeWritable(IFileSystem files, string directory)
    {
        string path = Path.Combine(directory, Probe);
        files.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite).Dispose();
        files.DeleteFile(path);
    }
}
