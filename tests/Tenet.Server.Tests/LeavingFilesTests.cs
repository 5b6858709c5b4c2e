using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Loops;
using Tenet.Server.Maintenance;
using Tenet.Server.Tests.Support;

namespace Tenet.Server.Tests;

public sealed class LeavingFilesTests
{
    private const long StepBytes = 4 << 20;

    [Fact]
    public void A_replaced_database_leaves_the_disk_in_steps_after_its_name_is_gone_for_good()
    {
        using TestMember member = TestMember.Started();
        for (int i = 0; i < 20; i++)
            member.Put($"k{i}", new string('x', 1_000_000));
        member.RunFor(TimeSpan.FromSeconds(1));
        RecordedOperations disk = new();
        member.Disk.Faults = disk;
        member.Run(member.Member.Maintenance.Defragment(new DefragmentRequest(), member.Call).AsTask());
        member.RunFor(TimeSpan.FromSeconds(1));
        long renamedAt = disk.Seen.Single(static seen => seen.Operation == DiskOperation.Rename).Number;
        long durableAt = disk.Seen.First(seen => seen.Number > renamedAt && seen is { Operation: DiskOperation.SyncDirectory, Path: "/data/member/snap" }).Number;
        long[] lengths = [.. disk.Seen.Where(seen => seen.Number > durableAt && seen is { Operation: DiskOperation.SetLength, Path: "/data/member/snap/db" }).Select(static seen => seen.Length)];
        Assert.True(lengths.Length >= 5);
        Assert.Equal(0, lengths[^1]);
        Assert.InRange(lengths[^2], 1, StepBytes);
        for (int i = 1; i < lengths.Length - 1; i++)
            Assert.Equal(lengths[i - 1] - StepBytes, lengths[i]);
        Assert.DoesNotContain(disk.Seen, seen => seen.Number > renamedAt && seen.Number < durableAt && seen.Operation == DiskOperation.SetLength);
        Assert.Equal(1_000_000, member.Get("k19")?.Length);
    }

    [Fact]
    public void A_file_that_cannot_be_made_shorter_goes_at_once_and_the_others_go_on()
    {
        SimFileSystem disk = new();
        disk.CreateDirectory("/d");
        LeavingFiles leaving = new(new WakeSignal());
        RecordedOperations lengths = new();
        foreach (string name in new[] { "/d/a", "/d/b" })
        {
            IFile file = disk.Open(name, FileOpenMode.CreateNew, FileAccess.ReadWrite);
            file.SetLength(2 * StepBytes);
            leaving.Take(file);
        }

        disk.Faults = new FailedLength("/d/a", lengths);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(leaving.IsEmpty);
            leaving.Step();
        }

        Assert.True(leaving.IsEmpty);
        Assert.Equal([StepBytes, 0], lengths.Seen.Where(static seen => seen.Path == "/d/b").Select(static seen => seen.Length));
    }

    private sealed class FailedLength(string path, RecordedOperations others) : IDiskFaults
    {
        public void Before(in DiskEvent operation)
        {
            if (operation.Path == path)
                throw new IOException("input/output error");
            others.Before(operation);
        }
    }
}
