using System.Globalization;
using Tenet.Bolt;
using Tenet.CommandLine;
using Tenet.Foundation.Files;

namespace Tenet.Utl.BoltCommands;

/// <summary>Copies a db file into a new one without its free pages; the old one stays as it is.</summary>
internal sealed class BoltCompactionCommand(IFileSystem files, OutputWriter output, TimeSpan? lockTimeout)
{
    public void Run(string source, string target, long bytesPerTransaction, bool noSync)
    {
        if (target.Length == 0)
            throw new UtlException("output file required");
        using BoltDatabase from = BoltFileSource.Open(files, source, lockTimeout);
        using BoltReadTransaction view = from.BeginRead();
        using (BoltDatabase to = BoltDatabase.Open(files, target, new BoltOptions { NoSync = noSync, LockTimeout = lockTimeout, PageSize = from.PageSize, NoFreelistSync = false }))
        {
            var copy = new BoltCopy(view, to);
            while (copy.Step(int.MaxValue, bytesPerTransaction > 0 ? bytesPerTransaction : long.MaxValue))
            {
                // Until all is copied.
            }
        }

        long before = Length(source);
        long after = Length(target);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{before} -> {after} bytes (gain={(double)before / after:0.00}x)"));
    }

    private long Length(string path)
    {
        using IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
        return file.Length;
    }
}
