using Tenet.Client.Calls;
using Tenet.Client.Tests.Servers;
using Tenet.Protocol.Authpb;
using Tenet.Protocol.Errors;

namespace Tenet.Client.Tests;

public sealed class AuthTests
{
    [Theory]
    [OnTenet]
    [OnEtcd]
    public async Task Users_work_and_watch_on_when_their_token_does_not_serve_any_more(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        await using TenetClient nobody = server.Client();
        await nobody.Auth.AddUserAsync("root", "rootpw");
        await nobody.Auth.GrantRoleAsync("root", "root");
        await nobody.Auth.AddRoleAsync("reader");
        await nobody.Auth.GrantPermissionAsync("reader", Permission.Types.Type.Read, KeyRange.Prefix("open/"));
        await nobody.Auth.AddUserAsync("alice", "alicepw");
        await nobody.Auth.GrantRoleAsync("alice", "reader");
        // They have come before authentication is enabled, and stay.
        await using TenetClient root = server.Client(options => (options.User, options.Password) = ("root", "rootpw"));
        await using TenetClient alice = server.Client(options => (options.User, options.Password) = ("alice", "alicepw"));
        Assert.Null(await alice.Kv.GetAsync("open/a"));
        await nobody.Auth.EnableAsync();

        CallException anonymous = await Assert.ThrowsAsync<CallException>(() => nobody.Kv.GetAsync("open/a"));
        Assert.Equal(EtcdErrors.UserNameIsEmpty.Message, anonymous.Message);
        long first = (await root.Kv.PutAsync("open/a", "1")).Revision;
        await using IAsyncEnumerator<WatchEvent> events = alice.Watch
            .EventsAsync(KeyRange.Prefix("open/"), new WatchOptions { StartRevision = first }).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("1", (await alice.Kv.GetAsync("open/a"))!.ValueText);
        CallException denied = await Assert.ThrowsAsync<CallException>(() => alice.Kv.PutAsync("open/a", "2"));
        Assert.Equal((StatusCode.PermissionDenied, EtcdErrors.PermissionDenied.Message), (denied.Code, denied.Message));
        await using IAsyncEnumerator<WatchEvent> secret = alice.Watch.EventsAsync(KeyRange.Single("secret")).GetAsyncEnumerator();
        Assert.Equal(EtcdErrors.PermissionDenied.Message, (await Assert.ThrowsAsync<CallException>(async () => await secret.MoveNextAsync())).Message);

        // After a restart no simple token is known; after a change of the rules every token is old.
        ValueTask<bool> next = events.MoveNextAsync();
        await server.StopAsync();
        await server.StartAsync();
        await root.Auth.AddRoleAsync("other");
        await root.Kv.PutAsync("open/a", "3");
        Assert.True(await next);
        Assert.Equal("3", events.Current.Item.ValueText);
        Assert.Equal(["reader"], await root.Auth.RolesOfAsync("alice"));
        Assert.Equal(["other", "reader"], (await root.Auth.RolesAsync()).Order());

        await using TenetClient wrong = server.Client(options => (options.User, options.Password) = ("alice", "guessed"));
        CallException refused = await Assert.ThrowsAsync<CallException>(() => wrong.Kv.GetAsync("open/a"));
        Assert.Equal(EtcdErrors.AuthFailed.Message, refused.Message);
    }
}
