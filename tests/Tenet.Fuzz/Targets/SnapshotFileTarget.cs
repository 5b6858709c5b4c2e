using Google.Protobuf;
using Tenet.Foundation;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Randomness;
using Tenet.Fuzz.Mutation;
using Tenet.Fuzz.Worlds;
using Tenet.Raft;
using Tenet.Wal;
using Pb = Tenet.Protocol.Raftpb;

namespace Tenet.Fuzz.Targets;

/// <summary>Raft snapshot files: a damaged one is refused as such, or reads as exactly what was written; loading passes it over and finds the older one.</summary>
internal sealed class SnapshotFileTarget : FuzzTarget
{
    private const string Folder = "/snap";

    public override string Summary => ".snap files, damaged";

    public override int CasesInTests => 2000;

    public override void Run(SeededRandom random)
    {
        SimFileSystem disk = new();
        disk.CreateDirectory(Folder);
        SnapshotFiles files = new(disk, Folder);
        Snapshot older = new(5, 2, new ConfState([1, 2, 3], [4]), "older"u8.ToArray());
        Snapshot newer = Tenet.Raft.Wire.RaftCodec.ReadSnapshot(((Pb.Snapshot)MessageGenerator.Make(random, Pb.Snapshot.Descriptor)).ToByteArray());
        newer = newer with { Index = 9, Term = 3 };
        files.Save(older);
        files.Save(newer);
        string path = $"{Folder}/{disk.List(Folder)[^1]}";
        byte[] damaged = random.Chance(0.3) ? WireMutator.Damage(random, disk.ReadFile(path)) : ByteMutator.Damage(random, disk.ReadFile(path));
        disk.WriteFile(path, damaged);
        try
        {
            bool sound = IsSound(disk, path, newer);
            Snapshot? loaded = files.Load();
            if (!Same(loaded, sound ? newer : older))
                throw FuzzFailedException.Of($"loaded {loaded}", damaged);
            if (disk.FileExists(path) != sound)
                throw FuzzFailedException.Of("a damaged file kept its name", damaged);
        }
        catch (Exception failure) when (failure is not FuzzFailedException)
        {
            throw FuzzFailedException.Of("a snapshot", damaged, failure);
        }
    }

    private static bool IsSound(SimFileSystem disk, string path, Snapshot written)
    {
        try
        {
            Snapshot read = SnapshotFiles.Read(disk, path);
            if (!Same(read, written))
                throw FuzzFailedException.Of($"{written} reads as {read}", disk.ReadFile(path));
            return true;
        }
        catch (CorruptionException)
        {
            return false;
        }
    }

    private static bool Same(Snapshot? found, Snapshot expected) =>
        found is not null && (found.Index, found.Term) == (expected.Index, expected.Term) && found.ConfState.Equals(expected.ConfState)
        && found.Data.Span.SequenceEqual(expected.Data.Span);
}
