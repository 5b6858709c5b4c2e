namespace Tenet.State.Auth;

/// <summary>
/// The tokens that live in the memory of every member because a login is an entry of the log (contract/api.md, 2.7). Told on the apply thread what becomes of them; how long
/// one lives is not the state's business, and never changes an answer of the state.
/// </summary>
public interface ISimpleTokens
{
    /// <summary>A user has logged in.</summary>
    void Assign(string token, string user);

    /// <summary>A user's password has changed, or the user is gone.</summary>
    void Invalidate(string user);

    /// <summary>Authentication has been switched off.</summary>
    void Clear();
}
