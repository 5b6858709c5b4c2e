using System.Text;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Etcdctl;

/// <summary>The same etcdctl commands against real etcd and against Tenet print the same, but for what <see cref="Masks"/> lists.</summary>
public sealed class EtcdctlComparisonTests
{
    [InteropFact]
    public Task Reading_and_writing_keys_looks_the_same() => CompareAsync(
        "put a 1", "put a 2", "put b 3 --prev-kv", "put a 4 --prev-kv", "put dir/x one", "put dir/y two", "put dir/z three", "put e ''",
        "put 'k with blanks' 'v with blanks'", "put binary <<< \\x00\\nline\\n", "put a 5 -w json", "put a 6 -w fields", "put a 7 -w protobuf",
        "get a", "get nothing", "get a -w json", "get a -w fields", "get a -w simple", "get a --print-value-only", "get a -w protobuf",
        "get dir/ --prefix", "get dir/ --prefix -w json", "get dir/ --prefix -w fields", "get a c", "get a --from-key", "get '' --from-key", "get '' --prefix --keys-only",
        "get dir/ --prefix --keys-only", "get dir/ --prefix --count-only", "get dir/ --prefix --count-only -w json", "get dir/ --prefix --count-only -w fields",
        "get dir/ --prefix --limit 2", "get dir/ --prefix --limit 2 -w json", "get dir/ --prefix --limit 3 -w json", "get dir/ --prefix --limit 0 -w json",
        "get '' --prefix --sort-by MODIFY --order DESCEND", "get '' --prefix --sort-by CREATE", "get '' --prefix --sort-by KEY --order DESCEND",
        "get '' --prefix --sort-by VALUE --order ASCEND", "get dir/ --prefix --sort-by VERSION --order ASCEND -w json", "get dir/ --prefix --order DESCEND --limit 1",
        "get a --rev 2", "get a --rev 3 -w json", "get a --rev 1", "get a --rev 9999", "get a --rev -5", "get a --consistency s", "get a --consistency x",
        "get z a", "get dir/ --prefix --print-value-only", "get a -w table", "get a --hex",
        "del a --prev-kv", "del a", "del nothing", "del dir/ --prefix", "del dir/ --prefix -w json", "del k z --prev-kv", "get '' --prefix -w json", "del '' --prefix -w fields",
        "put a 1 --ignore-value", "put a --ignore-value", "put new 1", "put new --ignore-value", "put new 2 --ignore-lease", "put missing 2 --ignore-lease",
        "get a --rev 4", "compaction 12", "get a --rev 4", "get new", "compaction 12", "compaction 9999", "compaction 14 --physical", "get '' --prefix -w json");

    [InteropFact]
    public Task Transactions_look_the_same() => CompareAsync(
        "put k old",
        "txn <<< value(\"k\") = \"old\"\\n\\nput k new\\nget k\\n\\nget k\\n\\n",
        "txn <<< value(\"k\") = \"old\"\\n\\nput k newer\\n\\nget k\\nput other 1\\n\\n",
        "txn -w json <<< mod(\"k\") > \"1\"\\nversion(\"k\") = \"2\"\\n\\nget k --prev-kv\\n\\n\\n",
        "txn -w json <<< create(\"k\") = \"2\"\\nver(\"k\") < \"9\"\\n\\ndel k --prev-kv\\nput k again\\n\\nput failed 1\\n\\n",
        "txn -w fields <<< create(\"absent\") = \"0\"\\n\\nput absent here\\n\\n\\n",
        "txn -w json <<< value(\"absent\") != \"here\"\\n\\nput no no\\n\\nget '' --prefix\\n\\n",
        "txn <<< \\nput dup 1\\nput dup 2\\n\\n\\n",
        "txn <<< \\ndel dup\\nput dup 2\\n\\n\\n",
        "txn <<< value(k = 1\\n\\n\\n\\n",
        "txn <<< \\n\\n\\n",
        "txn -w json <<< \\nget '' --prefix --rev 3\\n\\n\\n",
        "txn <<< \\nget k --rev 999\\n\\n\\n",
        "get '' --prefix -w json");

    [InteropFact]
    public Task Watching_looks_the_same() => CompareAsync(
        "put w/a 1", "put w/a 2", "put w/b 3", "del w/a",
        "all& watch w/ --prefix --rev 1", "all= 12",
        "json& watch w/ --prefix --rev 2 -w json", "json= 1",
        "previous& watch w/ --prefix --rev 1 --prev-kv", "previous= 16",
        "fields& watch w/a --rev 2 -w fields", "fields= 25",
        "live& watch w/ --prefix --rev 6 --prev-kv", "range& watch w/b w/d --rev 6",
        "put w/b 4", "put w/c 5", "put x ignored", "del w/ --prefix", "txn <<< \\nput w/c 6\\nput w/d 7\\n\\n\\n",
        "live= 24", "range= 15",
        "progress& watch -i <<< watch w/zzz\\nprogress\\n", "progress= progress notify",
        "compaction 6", "out watch w/a --rev 2");

    [InteropFact]
    public Task Leases_look_the_same() => CompareAsync(
        "lease grant 300", "lease grant 600 -w json", "lease grant 0", "lease grant 99999999999", "lease list",
        "put l/a 1 --lease=$LEASE0", "put l/b 2 --lease=$LEASE0", "get l/ --prefix -w json", "lease timetolive $LEASE0", "lease timetolive $LEASE0 --keys",
        "lease timetolive $LEASE0 --keys -w json", "lease keep-alive $LEASE0 --once", "lease keep-alive 12345 --once", "lease timetolive 12345", "lease timetolive 12345 -w json",
        "put l/a 3", "lease timetolive $LEASE0 --keys", "put l/c 4 --lease=1234", "put l/a 5 --lease=$LEASE0", "put l/b 6 --ignore-lease", "get l/b -w json",
        "lease revoke $LEASE0", "lease revoke $LEASE0", "lease revoke 1234", "get l/ --prefix -w json", "lease timetolive $LEASE0",
        "txn <<< \\nput l/d 1 --lease=4321\\n\\n\\n");

    [InteropFact]
    public Task Maintenance_looks_the_same() => CompareAsync(
        "put a 1", "put a 2", "put b 3", "del b", "put c 4",
        "member list", "member list -w json", "member list -w table", "member list -w fields", "endpoint health", "endpoint status -w json",
        "endpoint hashkv", "endpoint hashkv -w json", "endpoint hashkv --rev 3", "endpoint hashkv --rev 999",
        "alarm list", "alarm disarm", "compaction 4", "endpoint hashkv", "endpoint hashkv --rev 2", "defrag", "endpoint hashkv", "get '' --prefix -w json",
        "out snapshot save $DIR/snapshot.db", "utl snapshot status $DIR/snapshot.db -w json",
        "version", "check perf --help");

    [InteropFact]
    public Task Users_roles_and_permissions_look_the_same() => CompareAsync(
        "auth status", "auth enable", "auth disable", "put a 1", "put b 2", "--user u:upw get a",
        "user add root:rootpw", "user add root:rootpw", "user add '' --interactive=false <<< \\n", "user add u:upw", "user add n --no-password", "user add w:wpw -w json",
        "user list", "user list -w json", "user get u", "user get nobody", "user delete nobody", "user grant-role u r", "user revoke-role u r",
        "role add r", "role add r", "role add empty", "role list", "role get r", "role get nothing", "role delete nothing", "role grant-permission r readwrite a b",
        "role grant-permission r read p/ --prefix", "role grant-permission r write w", "role grant-permission r read w2 --from-key", "role grant-permission r read b a",
        "role grant-permission nothing read k", "role get r", "role get r -w json", "role grant-permission r read w", "role get r", "role revoke-permission r w", "role revoke-permission r w",
        "role grant-permission r write w", "user grant-role u r", "user grant-role u r", "user get u", "user get u --detail", "user revoke-role w r",
        "auth enable", "auth enable", "user grant-role root root", "auth enable",
        "get a", "put a x", "del a", "lease grant 100", "lease list", "member list", "alarm list", "compaction 1", "user list", "role list",
        "--user root:wrong get a", "--user nobody:x get a", "--user n:x get a", "--user u:upw get a", "--user u:upw get b", "--user u:upw get a c", "--user u:upw get '' --prefix",
        "--user u:upw get p/ --prefix", "--user u:upw put a1 x", "--user u:upw put b x", "--user u:upw put w x", "--user u:upw put w x --prev-kv", "--user u:upw del a1 --prev-kv",
        "--user u:upw del w", "--user u:upw del b", "--user u:upw get w", "--user u:upw get w3", "--user u:upw put w3 x",
        "--user u:upw txn <<< value(\"a\") = \"1\"\\n\\nput a 3\\n\\nput b 3\\n\\n", "--user u:upw txn <<< value(\"a\") = \"1\"\\n\\nput a 3\\nget p/x\\n\\ndel w\\n\\n",
        "--user u:upw txn <<< value(\"b\") = \"1\"\\n\\n\\n\\n", "--user u:upw user list", "--user u:upw user get u", "--user u:upw user get root", "--user u:upw role get r",
        "--user u:upw role get empty", "--user u:upw role list", "--user u:upw user add x:y", "--user u:upw auth disable", "--user u:upw member list", "--user u:upw alarm list",
        "--user u:upw compaction 1", "--user u:upw member remove 1234", "--user u:upw alarm disarm", "--user u:upw member add x --peer-urls http://127.0.0.1:1",
        "--user root:rootpw lease grant 1000", "--user root:rootpw put b 1 --lease=$LEASE0", "--user u:upw put a 1 --lease=$LEASE0", "--user u:upw lease timetolive $LEASE0 --keys",
        "--user u:upw lease timetolive $LEASE0", "--user u:upw lease keep-alive $LEASE0 --once", "--user u:upw lease revoke $LEASE0", "--user u:upw lease list", "--user root:rootpw lease list",
        "--user root:rootpw put b 2", "--user u:upw put a 1 --lease=$LEASE0", "--user u:upw lease timetolive $LEASE0 --keys", "--user u:upw lease revoke $LEASE0",
        "--user root:rootpw user delete root", "--user root:rootpw role delete root", "--user root:rootpw user revoke-role root root", "--user root:rootpw role add root",
        "--user root:rootpw role delete r", "--user u:upw get a", "--user root:rootpw user get u", "--user root:rootpw user passwd u --interactive=false <<< newpw\\n",
        "--user u:upw get a", "--user u:newpw get a", "--user root:rootpw user delete u", "--user u:newpw get a", "--user root:rootpw auth status", "--user root:rootpw auth disable", "get a", "auth status -w json",
        "user list", "user delete root", "user list");

    [InteropFact]
    public Task Wrong_commands_are_refused_alike() => CompareAsync(
        "get a --rev 5", "put '' x", "get ''", "del ''", "compaction 5", "compaction 0", "compaction 0", "compaction -1",
        "lease revoke 0", "lease grant 5 -w fields");

    private static async Task CompareAsync(params string[] script)
    {
        using Scratch scratch = new();
        Directory.CreateDirectory(scratch["expected"]);
        Directory.CreateDirectory(scratch["actual"]);
        await using ServerProcess etcd = await ServerProcess.StartAsync(Binaries.NewEtcd, scratch["etcd"]);
        await using ServerProcess subject = await ServerProcess.StartAsync(Binaries.Subject, scratch["subject"]);
        Task<List<string>> expected = new ScriptRunner(etcd, scratch["expected"]).RunAsync(script);
        Task<List<string>> actual = new ScriptRunner(subject, scratch["actual"]).RunAsync(script);
        await Task.WhenAll(expected, actual);
        StringBuilder differences = new();
        for (int i = 0; i < script.Length; i++)
        {
            if (expected.Result[i] != actual.Result[i])
                differences.AppendLine($"=== {script[i]}\n--- etcd\n{expected.Result[i]}\n--- {subject.Binary}\n{actual.Result[i]}");
        }
        Assert.True(differences.Length == 0, differences.ToString());
    }
}
