using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tenet.Foundation.Files;
using Tenet.Foundation.Files.Simulation;
using Tenet.Foundation.Logging;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Auth;
using Tenet.Server.Tests.Support;
using Tenet.State.Auth;

namespace Tenet.Server.Tests;

public sealed class TokenTests
{
    private static readonly Lazy<string> Directory = new(WriteKeys);
    private readonly VirtualClock _clock = new();

    [Theory]
    [InlineData("HS256,priv-key=short")]
    [InlineData("HS384,priv-key=short")]
    [InlineData("HS512,priv-key=short")]
    [InlineData("RS256,priv-key=rsa.pem,pub-key=rsa.pub")]
    [InlineData("RS384,priv-key=rsa.pem")]
    [InlineData("RS512,priv-key=rsa1.pem,pub-key=rsa.crt")]
    [InlineData("PS256,priv-key=rsa.pem")]
    [InlineData("PS384,priv-key=rsa.pem")]
    [InlineData("PS512,priv-key=rsa.pem")]
    [InlineData("ES256,priv-key=ec256.pem,pub-key=ec256.pub")]
    [InlineData("ES384,priv-key=ec384.pem")]
    [InlineData("ES512,priv-key=ec521.pem")]
    [InlineData("EdDSA,priv-key=ed.pem,pub-key=ed.pub")]
    [InlineData("EdDSA,priv-key=ed.pem")]
    public async Task A_signed_token_says_who_and_at_which_revision_until_it_ends(string options)
    {
        TokenIssuer tokens = Open(options + ",ttl=1m");
        string token = tokens.Issue("", "alice", 7);
        Assert.Equal(new AuthIdentity("alice", 7), await tokens.IdentifyAsync(token, 9));
        Assert.True((await Open("HS256,priv-key=other").IdentifyAsync(token, 9)).IsNobody);

        string[] parts = token.Split('.');
        Assert.True((await tokens.IdentifyAsync($"{parts[0]}.{Encoded("{\"username\":\"root\",\"revision\":7}")}.{parts[2]}", 9)).IsNobody);
        Assert.True((await tokens.IdentifyAsync($"{parts[0]}.{parts[1]}.", 9)).IsNobody);
        Assert.True((await tokens.IdentifyAsync($"{Encoded("{\"alg\":\"none\"}")}.{parts[1]}.", 9)).IsNobody);
        Assert.True((await tokens.IdentifyAsync("", 9)).IsNobody);
        Assert.True((await tokens.IdentifyAsync("a.b.c", 9)).IsNobody);
        _clock.Advance(TimeSpan.FromSeconds(58));
        Assert.False((await tokens.IdentifyAsync(token, 9)).IsNobody);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.True((await tokens.IdentifyAsync(token, 9)).IsNobody);
    }

    [Fact]
    public async Task Tokens_that_openssl_signed_with_an_Edwards_key_are_believed()
    {
        const string Token =
            "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsInJldmlzaW9uIjozLCJ1c2VybmFtZSI6InJvb3QifQ."
            + "v9ikILOEBLvH5yeU13zDf5_o4CZKaIjB9I34OrTTWSPnBVlsFuJkAmIQLXLoQ1N41DfYWRhUpf8bJYiZbEbvCQ";
        TokenIssuer verifier = Open("EdDSA,pub-key=ed.pub");
        Assert.Equal(new AuthIdentity("root", 3), await verifier.IdentifyAsync(Token, 9));
        Assert.True((await verifier.IdentifyAsync(Token[..^2] + "AQ", 9)).IsNobody);
        Assert.Equal("auth: token signing attempted with verify-only key", Assert.Throws<RefusalException>(() => verifier.Issue("", "root", 3)).Error.Message);
        Assert.Equal("auth: public and private keys don't match", Assert.Throws<MemberStartException>(() => Open("EdDSA,priv-key=ed.pem,pub-key=ed1.pub")).Message);
        Assert.Contains("cannot be read", Assert.Throws<MemberStartException>(() => Open("EdDSA,priv-key=rsa.pem")).Message);
        Assert.Contains("cannot be read", Assert.Throws<MemberStartException>(() => Open("EdDSA,pub-key=ec256.pub")).Message);
    }

    /// <summary>A token made by a program that knows nothing of this one: the example of RFC 7515's method, keyed by hand.</summary>
    [Fact]
    public async Task Tokens_of_others_are_read_by_their_claims()
    {
        TokenIssuer tokens = Open("HS256,priv-key=short");
        Assert.Equal(new AuthIdentity("bob", 3), await tokens.IdentifyAsync(Foreign("{\"username\":\"bob\",\"revision\":3.0}"), 1));
        foreach (string claims in (string[])["{}", "{\"username\":\"bob\"}", "{\"username\":1,\"revision\":3}", "{\"username\":\"bob\",\"revision\":\"3\"}", "[]", "{\"username\":\"bob\",\"revision\":3,\"nbf\":99999999999}"])
            Assert.True((await tokens.IdentifyAsync(Foreign(claims), 1)).IsNobody, claims);
    }

    [Fact]
    public void A_public_key_verifies_only()
    {
        TokenIssuer signer = Open("RS256,priv-key=rsa.pem");
        TokenIssuer verifier = Open("RS256,pub-key=rsa.pub");
        Assert.Equal(new AuthIdentity("u", 1), verifier.IdentifyAsync(signer.Issue("", "u", 1), 1).Result());
        EtcdError refused = Assert.Throws<RefusalException>(() => verifier.Issue("", "u", 1)).Error;
        Assert.Equal(new EtcdError(StatusCode.Unknown, "auth: token signing attempted with verify-only key"), refused);
    }

    [Theory]
    [InlineData("other", "auth: invalid auth options")]
    [InlineData("simple,x", "auth: invalid auth options")]
    [InlineData("jwt", "auth: invalid auth options")]
    [InlineData("jwt,sign-method=XX256", "auth: invalid auth options")]
    [InlineData("jwt,sign-method=HS256,sign-method=HS256", "auth: invalid auth options")]
    [InlineData("jwt,sign-method=HS256,ttl=x", "auth: invalid auth options")]
    [InlineData("jwt,sign-method=HS256,priv-key=/nowhere", "auth: invalid auth options")]
    [InlineData("jwt,sign-method=HS256", "auth: missing key data")]
    [InlineData("jwt,sign-method=RS256", "auth: missing key data")]
    [InlineData("jwt,sign-method=ES256", "auth: missing key data")]
    [InlineData("jwt,sign-method=RS256,priv-key=@rsa.pem,pub-key=@rsa2.pub", "auth: public and private keys don't match")]
    [InlineData("jwt,sign-method=ES256,priv-key=@ec256.pem,pub-key=@ec256b.pub", "auth: public and private keys don't match")]
    [InlineData("jwt,sign-method=RS256,priv-key=@short", "auth: a key of RS256 cannot be read")]
    [InlineData("jwt,sign-method=EdDSA", "auth: missing key data")]
    [InlineData("jwt,sign-method=none", "auth: unsupported signing method")]
    public void What_cannot_be_used_is_refused_at_the_start(string option, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<MemberStartException>(() => Read(option.Replace("@", Directory.Value + "/", StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_tokens_nobody_logs_in()
    {
        TokenIssuer none = Read("");
        Assert.Equal(EtcdErrors.AuthFailed, Assert.Throws<RefusalException>(() => none.Issue("", "u", 1)).Error);
        Assert.True(none.IdentifyAsync("x", 1).Result().IsNobody);
    }

    [Fact]
    public void A_member_with_signed_tokens_takes_them_until_users_change()
    {
        var disk = new SimFileSystem();
        disk.CreateDirectory("/keys");
        using (IFile key = disk.Open("/keys/secret", FileOpenMode.Truncate, FileAccess.ReadWrite))
            key.Write("secret"u8, 0);
        using TestMember member = AuthTests.Started(disk, static options => options with { AuthToken = "jwt,sign-method=HS256,priv-key=/keys/secret" });
        AuthTests.Enable(member);
        using TestCall user = AuthTests.LogIn(member, "u", "upw");
        using TestCall root = AuthTests.LogIn(member, "root", "rootpw");
        member.Run(member.Member.Kv.Put(TestMember.PutRequest("a1", "v"), user));
        member.Run(member.Member.Auth.RoleAdd(new AuthRoleAddRequest { Name = "new" }, root));
        Assert.Equal(EtcdErrors.AuthOldRevision, member.Refused(() => member.Member.Kv.Put(TestMember.PutRequest("a1", "v"), user)));
        Assert.Equal(EtcdErrors.AuthOldRevision, member.Refused(() => member.Member.Kv.Range(AuthTests.Range("a1"), user)));
        using TestCall again = AuthTests.LogIn(member, "u", "upw");
        member.Run(member.Member.Kv.Put(TestMember.PutRequest("a1", "v"), again));
    }

    [Fact]
    public void Expired_simple_tokens_are_dropped()
    {
        var tokens = new SimpleTokens(_clock, TimeSpan.FromSeconds(10));
        for (int i = 0; i < 100; i++)
        {
            tokens.Simple.Assign($"{tokens.NewPrefix()}.{i}", "u");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(tokens.Count, 10, 11);
        tokens.Simple.Invalidate("u");
        Assert.Equal(0, tokens.Count);
    }

    [Fact]
    public async Task Users_take_turns_at_the_password_pool_and_too_many_are_refused()
    {
        var pool = new PasswordPool(1, completeOnPool: true);
        using var hold = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        var order = new List<string>();
        Task<int> first = pool.RunAsync("here", "first", () => Held(held, hold), CancellationToken.None);
        held.Wait();
        var flood = new List<Task<int>>();
        for (int i = 0; i < PasswordQueue.WaitingPerUserMax; i++)
            flood.Add(pool.RunAsync("here", "flood", () => Note(order, "flood"), CancellationToken.None));
        Assert.Equal(EtcdErrors.TooManyRequests, Assert.Throws<RefusalException>(() => { _ = pool.RunAsync("here", "flood", () => 0, CancellationToken.None); }).Error);
        Task<int> other = pool.RunAsync("here", "other", () => Note(order, "other"), CancellationToken.None);
        Task<int> gone = pool.RunAsync("here", "gone", () => Note(order, "gone"), new CancellationToken(true));
        hold.Set();
        await Task.WhenAll([first, other, .. flood]);
        Assert.Equal(1, order.IndexOf("other"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.DoesNotContain("gone", order);
        await Assert.ThrowsAsync<InvalidOperationException>(() => pool.RunAsync<int>("here", "u", () => throw new InvalidOperationException(), CancellationToken.None));
    }

    [Fact]
    public void Places_take_turns_and_who_waits_most_gives_way()
    {
        var queue = new PasswordQueue();
        var order = new List<string>();
        PasswordJob Job(string name) => new(() => order.Add(name), () => order.Add("no " + name));
        for (int user = 0; user < PasswordQueue.WaitingMax / PasswordQueue.WaitingPerUserMax; user++)
        {
            for (int i = 0; i < PasswordQueue.WaitingPerUserMax; i++)
                Assert.True(queue.TryAdd("attacker", $"user{user}", Job($"user{user}"), out _));
        }

        Assert.False(queue.Takes("attacker", "user3"));
        Assert.True(queue.TryAdd("attacker", "alice", Job("alice"), out PasswordJob? first));
        Assert.True(queue.TryAdd("home", "user3", Job("home"), out PasswordJob? second));
        first!.Refuse();
        second!.Refuse();
        Assert.All(order, name => Assert.StartsWith("no user", name));
        order.Clear();
        for (int i = 0; i < 2; i++)
        {
            Assert.True(queue.TryTake(out PasswordJob? next));
            next.Run();
        }

        Assert.Equal(["user0", "home"], order);
        int left = 2;
        for (; queue.TryTake(out PasswordJob? next); left++)
            next.Run();
        Assert.Equal(PasswordQueue.WaitingMax, left);
        // All others of that place have had one turn before anybody had two.
        Assert.Equal(1 + PasswordQueue.WaitingMax / PasswordQueue.WaitingPerUserMax, order.IndexOf("alice"));
    }

    [Fact]
    public void Users_of_one_place_that_wait_once_each_give_way_to_another_place_only()
    {
        var queue = new PasswordQueue();
        for (int user = 0; user < PasswordQueue.WaitingMax; user++)
            Assert.True(queue.TryAdd("here", $"user{user}", new PasswordJob(static () => { }, static () => { }), out _));
        Assert.False(queue.Takes("here", "alice"));
        Assert.False(queue.TryAdd("here", "user1", new PasswordJob(static () => { }, static () => { }), out _));
        Assert.True(queue.TryAdd("elsewhere", "alice", new PasswordJob(static () => { }, static () => { }), out PasswordJob? displaced));
        Assert.NotNull(displaced);
        int left = 0;
        for (; queue.TryTake(out _); left++)
            Assert.True(left < PasswordQueue.WaitingMax);
        Assert.Equal(PasswordQueue.WaitingMax, left);
    }

    private static int Held(ManualResetEventSlim held, ManualResetEventSlim hold)
    {
        held.Set();
        hold.Wait();
        return 0;
    }

    private static int Note(List<string> order, string user)
    {
        order.Add(user);
        return 0;
    }

    private TokenIssuer Open(string options)
    {
        string[] parts = options.Split(',');
        return Read(string.Join(',', parts.Select((part, i) =>
            i == 0 ? "jwt,sign-method=" + part : part.Replace("-key=", $"-key={Directory.Value}/", StringComparison.Ordinal))));
    }

    private TokenIssuer Read(string option) => TokenOptions.Open(
        TestMember.Options with { AuthToken = option },
        new MemberSeams { Files = OsFileSystem.Instance, Clock = _clock, Log = NoLog.Instance, Random = new Foundation.Randomness.SeededRandom(1) });

    private static string Foreign(string claims)
    {
        string signed = $"{Encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}")}.{Encoded(claims)}";
        return $"{signed}.{Encoded(HMACSHA256.HashData("secret"u8, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encoded(string text) => Encoded(Encoding.UTF8.GetBytes(text));

    private static string Encoded(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Keys in the forms that openssl writes; removed with the temporary directory of the process's user.</summary>
    private static string WriteKeys()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("tenet-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.Directory.Delete(directory, recursive: true);
        void Write(string name, string text) => File.WriteAllText(Path.Combine(directory, name), text);
        Write("short", "secret");
        Write("other", "another secret");
        Write("ed.pem", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIOhqGx72BTLE8ptu/HMdG69WIhzucUUyGoGwKG1iaStQ\n-----END PRIVATE KEY-----\n");
        Write("ed.pub", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEArI0izRjZbShigSKadB+HwwgfLpkew2Bp83KGR8KEPKI=\n-----END PUBLIC KEY-----\n");
        Write("ed1.pub", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n");
        using RSA rsa = RSA.Create(2048);
        using RSA rsa2 = RSA.Create(2048);
        Write("rsa.pem", rsa.ExportPkcs8PrivateKeyPem());
        Write("rsa1.pem", rsa.ExportRSAPrivateKeyPem());
        Write("rsa.pub", rsa.ExportSubjectPublicKeyInfoPem());
        Write("rsa2.pub", rsa2.ExportRSAPublicKeyPem());
        var request = new CertificateRequest("CN=t", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Write("rsa.crt", certificate.ExportCertificatePem());
        foreach ((string name, ECCurve curve) in ((string, ECCurve)[])[("ec256", ECCurve.NamedCurves.nistP256), ("ec256b", ECCurve.NamedCurves.nistP256), ("ec384", ECCurve.NamedCurves.nistP384), ("ec521", ECCurve.NamedCurves.nistP521)])
        {
            using ECDsa key = ECDsa.Create(curve);
            Write(name + ".pem", name == "ec384" ? key.ExportPkcs8PrivateKeyPem() : key.ExportECPrivateKeyPem());
            Write(name + ".pub", key.ExportSubjectPublicKeyInfoPem());
        }

        return directory;
    }
}

/// <summary>For operations that are known to be complete.</summary>
internal static class CompletedTasks
{
    public static T Result<T>(this ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}
