using Tenet.Client.Calls;
using Tenet.Protocol.Errors;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Client.Routing;

/// <summary>The token of the client's user: asked for once, kept until a member refuses it.</summary>
internal sealed class Credentials(string? user, string? password, string? fixedToken) : IDisposable
{
    // What is sent while the cluster has no authentication: nothing.
    private const string None = "";

    private readonly SemaphoreSlim _asking = new(1);
    private volatile string? _token = fixedToken ?? (string.IsNullOrEmpty(user) ? None : null);

    /// <summary>Whether a refused token can be replaced.</summary>
    public bool CanRefresh { get; } = fixedToken is null && !string.IsNullOrEmpty(user);

    /// <summary>The token if there is one; <see langword="false"/> if a member must be asked for it first.</summary>
    public bool TryGet(out string? token)
    {
        token = _token;
        bool known = token is not null;
        if (token == None)
            token = null;
        return known;
    }

    /// <summary>Asks for a token, unless somebody else has meanwhile.</summary>
    public async Task<string?> AskAsync(Func<AuthenticateRequest, CancellationToken, Task<AuthenticateResponse>> authenticate, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (TryGet(out string? known))
                return known;
            try
            {
                _token = (await authenticate(new AuthenticateRequest { Name = user, Password = password }, cancellation).ConfigureAwait(false)).Token;
            }
            catch (CallException refusal) when (refusal.Message == EtcdErrors.AuthNotEnabled.Message)
            {
                _token = None;
            }
            return TryGet(out known) ? known : null;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Whether a refusal's text says that the token does not serve any more.</summary>
    public bool IsRefusal(string text) => CanRefresh &&
        (text == EtcdErrors.InvalidAuthToken.Message || text == EtcdErrors.AuthOldRevision.Message || text == EtcdErrors.UserNameIsEmpty.Message);

    /// <summary>Gives a token up that was refused, unless it has been replaced already.</summary>
    public void Forget(string? refused)
    {
        if (CanRefresh)
            Interlocked.CompareExchange(ref _token, null, refused ?? None);
    }

    public void Dispose() => _asking.Dispose();
}
