using Tenet.Bolt;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Utl.Doctor;
using Tenet.Utl.Output;

namespace Tenet.Utl.Tests.Support;

/// <summary>Short ways to look at, and to damage, what is on a simulated disk.</summary>
internal static class Disks
{
    public static byte[] ReadAll(this IFileSystem files, string path)
    {
        using IFile file = files.Open(path, FileOpenMode.Existing, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    public static void WriteAll(this IFileSystem files, string path, ReadOnlySpan<byte> bytes)
    {
        using IFile file = files.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite);
        file.Write(bytes, 0);
    }

    /// <summary>The files below a directory, by path.</summary>
    public static Dictionary<string, byte[]> Everything(this IFileSystem files, string directory = "/")
    {
        var all = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in files.List(directory))
        {
            string path = Path.Combine(directory, name);
            if (files.DirectoryExists(path))
            {
                foreach ((string inner, byte[] bytes) in files.Everything(path))
                    all.Add(inner, bytes);
            }
            else
            {
                all.Add(path, files.ReadAll(path));
            }
        }

        return all;
    }

    /// <summary>The segments of the sample member's log, in order.</summary>
    public static string[] Segments(this IFileSystem files) =>
        [.. files.List(SampleMember.Directory.Wal).Where(static name => name.EndsWith(".wal", StringComparison.Ordinal)).Select(static name => $"{SampleMember.Directory.Wal}/{name}")];

    /// <summary>Changes the sample member's database behind its back.</summary>
    public static void ChangeDatabase(this SimFileSystem files, Action<BoltWriteTransaction> change)
    {
        using BoltDatabase database = BoltDatabase.Open(files, SampleMember.Directory.Database, new BoltOptions());
        using BoltWriteTransaction transaction = database.BeginWrite();
        change(transaction);
        transaction.Commit();
    }

    public static DoctorReport Examine(this IFileSystem files, DataDirectory? directory = null) =>
        new DirectoryExamination(files, NoProgress.Instance).Run(directory ?? SampleMember.Directory);

    /// <summary>The finding there must be, and no other of warning or worse.</summary>
    public static Finding Only(this DoctorReport report)
    {
        Finding[] worst = [.. report.Findings.Where(finding => finding.Severity == report.Worst)];
        return worst.Length == 1 ? worst[0] : throw new Xunit.Sdk.XunitException($"one finding was expected:\n{string.Join('\n', report.Findings)}");
    }
}
