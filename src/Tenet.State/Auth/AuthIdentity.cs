namespace Tenet.State.Auth;

/// <summary>In whose name something is asked: a proven user and the auth revision at which that was proven; nobody by default.</summary>
/// <param name="User">The user's name; null or empty for nobody.</param>
/// <param name="Revision">The auth revision; 0 for nobody.</param>
public readonly record struct AuthIdentity(string? User, ulong Revision)
{
    /// <summary>Whether there is no proven user.</summary>
    public bool IsNobody => Revision == 0 && string.IsNullOrEmpty(User);
}
