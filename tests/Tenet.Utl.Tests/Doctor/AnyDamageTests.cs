using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Utl.Doctor;
using Tenet.Utl.Tests.Support;
using Tenet.Wal.Reading;

namespace Tenet.Utl.Tests.Doctor;

/// <summary>Whatever bit is turned over: of a log it is found, and of anything it neither stops the examination nor any command that looks at the file.</summary>
public sealed class AnyDamageTests
{
    private const int RoundsOfTheLog = 150;
    private const int RoundsOfAnyFile = 50;

    private readonly SimFileSystem _sound = SampleMember.Stopped(static member =>
    {
        member.Grant(42);
        member.Put("leased", "x", 42);
        member.Compact(50);
        member.Raise(AlarmType.Corrupt);
    });

    [Fact]
    public void A_bit_of_any_record_of_the_log_is_found_at_the_record()
    {
        const ulong Seed = 5;
        var random = new SeededRandom(Seed);
        (string Path, long Offset, int Length)[] records = Records(_sound);
        for (int round = 0; round < RoundsOfTheLog; round++)
        {
            SimFileSystem files = _sound.Clone();
            (string path, long offset, int length) = records[random.Next(records.Length)];

            // Behind the frame's length and the record's type: checksum and data.
            files.FlipBit(path, offset + 10 + random.Next(length), random.Next(8));
            Assert.True(
                files.Examine().Findings.Any(finding => finding.Severity == Severity.Error && finding.File == path && finding.Offset == offset),
                $"seed {Seed}, round {round}: {path} at {offset}");
        }
    }

    [Fact]
    public async Task A_bit_of_any_file_stops_nobody_who_looks()
    {
        const ulong Seed = 6;
        var random = new SeededRandom(Seed);
        (string Path, byte[] Bytes)[] all = [.. _sound.Everything().OrderBy(static file => file.Key, StringComparer.Ordinal).Select(static file => (file.Key, file.Value))];
        for (int round = 0; round < RoundsOfAnyFile; round++)
        {
            SimFileSystem files = _sound.Clone();
            (string path, byte[] bytes) = all[random.Next(all.Length)];
            int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            files.FlipBit(path, random.Next(used), random.Next(8));
            files.Examine();
            foreach (string[] words in Looking)
            {
                int exitCode = (await ToolRun.Of(files, words)).ExitCode;
                Assert.True(exitCode is 0 or 1, $"seed {Seed}, round {round}: {string.Join(' ', words)} ended with {exitCode}");
            }
        }
    }

    private static string[][] Looking { get; } =
    [
        ["snapshot", "status", SampleMember.Directory.Database],
        ["hashkv", SampleMember.Directory.Database],
        ["bbolt", "check", SampleMember.Directory.Database],
        ["bbolt", "pages", SampleMember.Directory.Database],
        ["bbolt", "page", "--all", SampleMember.Directory.Database],
        ["bbolt", "stats", SampleMember.Directory.Database],
        ["bbolt", "inspect", SampleMember.Directory.Database],
        ["wal", "dump", SampleMember.Root],
    ];

    private static (string Path, long Offset, int Length)[] Records(IFileSystem files)
    {
        var records = new List<(string, long, int)>();
        using WalReader reader = WalReader.Open(files, WalSegment.Of(files, SampleMember.Directory.Wal));
        while (reader.Next(out WalRecord record))
            records.Add((record.Path, record.Offset, record.Data.Length));
        return [.. records];
    }
}
