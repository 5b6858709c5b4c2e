using Tenet.Foundation.Logging;
using Tenet.Protocol.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Server.Observability;
using Tenet.Server.Reads;
using Tenet.Server.Requests;
using Tenet.State.Auth;
using Tenet.State.Leases;

namespace Tenet.Server.Auth;

/// <summary>
/// What the services ask before they act: who is calling, and may they (contract/api.md, 2.7). While authentication is off it costs a look at <see cref="IsOn"/>.
/// </summary>
internal sealed class Authorization(
    MemberOptions options, MemberSeams seams, EngineState state, AuthStore store, Lessor leases, TokenIssuer tokens, LinearizableReads reads, AppliedIndexWaits applied)
{
    /// <summary>Callers that may wait until the login of their token has been applied here.</summary>
    private const int WaitingMax = 1_024;

    private const string Bearer = "Bearer ";

    private int _waiting;

    /// <summary>Whether anybody has to say who they are.</summary>
    public bool IsOn => store.Current.Enabled;

    /// <summary>Users and permissions as of the last applied entry.</summary>
    public AuthView View => store.Current;

    public TokenIssuer Tokens => tokens;

    /// <summary>What somebody may do now.</summary>
    public Access For(AuthIdentity who) => new(store.Current, leases, who);

    /// <summary>Who is calling: by the token, else by the certificate where certificates count. Nobody if authentication is off, or the caller does not say.</summary>
    /// <exception cref="RefusalException">The token is not valid.</exception>
    public ValueTask<AuthIdentity> IdentifyAsync(CallContext context)
    {
        if (!IsOn)
            return default;
        return (context.RequestHeader("token") ?? context.RequestHeader("authorization")) is { } token
            ? IdentifyAsync(token, context.Cancellation)
            : new(ByCertificate(context));
    }

    /// <summary>Whose token it is.</summary>
    /// <exception cref="RefusalException">It is not valid.</exception>
    public async ValueTask<AuthIdentity> IdentifyAsync(string token, CancellationToken cancellation)
    {
        if (!IsOn)
            return default;
        if (token.StartsWith(Bearer, StringComparison.Ordinal))
            token = token[Bearer.Length..];
        if (await IsLoginAppliedAsync(tokens.IndexOf(token), cancellation))
        {
            AuthIdentity who = await tokens.IdentifyAsync(token, store.Current.Revision);
            if (!who.IsNobody)
                return who;
        }

        seams.Log.Warn("invalid auth token", new LogField("token-fingerprint", AuthLines.Fingerprint(token)));
        throw EtcdErrors.InvalidAuthToken.ToException();
    }

    /// <exception cref="RefusalException">The caller is not root.</exception>
    public async ValueTask RequireRootAsync(CallContext context)
    {
        if (IsOn && store.Current.CheckRoot(await IdentifyAsync(context)) is { } refusal)
            throw refusal.ToException();
    }

    /// <summary>As the other form, for a caller who came by way of another member.</summary>
    /// <exception cref="RefusalException">The caller is not root.</exception>
    public async ValueTask RequireRootAsync(string? token, CancellationToken cancellation)
    {
        AuthIdentity who = token is null ? default : await IdentifyAsync(token, cancellation);
        if (store.Current.CheckRoot(who) is { } refusal)
            throw refusal.ToException();
    }

    /// <exception cref="RefusalException">The caller does not say who they are.</exception>
    public async ValueTask RequireUserAsync(CallContext context)
    {
        if (IsOn && (await IdentifyAsync(context)).IsNobody && IsOn)
            throw EtcdErrors.UserNameIsEmpty.ToException();
    }

    /// <summary>
    /// Who is calling, if they may propose what they ask for. Asked again when the entry is applied, which decides; asked here so that what is not allowed does not fill the log.
    /// This member may have yet to hear that it is, so before it refuses it makes sure that it knows what the cluster knows.
    /// </summary>
    /// <exception cref="RefusalException">They may not.</exception>
    public async ValueTask<AuthIdentity> AdmitAsync(InternalRaftRequest request, CallContext context)
    {
        AuthIdentity who = await IdentifyAsync(context);
        if (For(who).Check(request) is null)
            return who;
        await reads.WaitAsync(context.Cancellation);
        who = await IdentifyAsync(context);
        return For(who).Check(request) is { } refusal ? throw Refuse(who, AuthLines.FirstKey(request).Span, refusal) : who;
    }

    /// <summary>Says why somebody may not read or write keys where the permissions are not the reason.</summary>
    public RefusalException Refuse(AuthIdentity who, ReadOnlySpan<byte> key, EtcdError refusal)
    {
        AuthLines.Denied(seams.Log, store.Current, who, key, refusal);
        return refusal.ToException();
    }

    /// <summary>After a local read: what it was allowed by must still hold, or what was read may not be shown.</summary>
    /// <exception cref="RefusalException">Users or roles have changed meanwhile.</exception>
    public void RequireUnchanged(AuthIdentity who)
    {
        if (who.Revision != 0 && who.Revision != store.Current.Revision)
            throw EtcdErrors.AuthOldRevision.ToException();
    }

    private AuthIdentity ByCertificate(CallContext context)
    {
        if (!options.ClientCertAuth || context.CommonName is not { } name)
            return default;

        // A certificate without a name is of a user that there is none, as in etcd: whoever shows it is refused, not asked who they are.
        // A gateway calls in its own name, whoever called it.
        if (context.RequestHeader("grpcgateway-accept") is not null)
        {
            seams.Log.Warn("ignoring common name in gRPC-gateway proxy request", new("common-name", name), new("user-name", name), new("revision", store.Current.Revision));
            return default;
        }

        var who = new AuthIdentity(name, store.Current.Revision);
        if (seams.Log.IsEnabled(LogLevel.Debug))
            seams.Log.Debug("found command name", new("common-name", name), new("user-name", name), new("revision", who.Revision));
        return who;
    }

    /// <summary>A token is known wherever its login's entry has been applied; here that may be yet to come. Who invents an index waits in vain, and with few others.</summary>
    private async ValueTask<bool> IsLoginAppliedAsync(ulong index, CancellationToken cancellation)
    {
        if (index <= state.AppliedIndex)
            return true;
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        Task wait = applied.WaitAsync(index);
        try
        {
            await wait.WaitAsync(options.RequestTimeout, seams.Clock, cancellation);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            applied.Forget(wait);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
