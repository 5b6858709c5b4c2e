using System.Diagnostics.CodeAnalysis;
using Tenet.Protocol.Errors;

namespace Tenet.State.Mvcc;

/// <summary>What executing a request gave: a response, or the refusal that every member would give.</summary>
public readonly record struct Outcome<T>
    where T : class
{
    private Outcome(T? response, EtcdError? error)
    {
        Response = response;
        Error = error;
    }

    /// <summary>The response; null if refused.</summary>
    public T? Response { get; }

    /// <summary>The refusal; null if there is a response.</summary>
    public EtcdError? Error { get; }

    /// <summary>Whether it was refused.</summary>
    [MemberNotNullWhen(true, nameof(Error))]
    [MemberNotNullWhen(false, nameof(Response))]
    public bool IsRefused => Error != null;

    /// <summary>A response.</summary>
    public static implicit operator Outcome<T>(T response) => new(response, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Outcome<T>(EtcdError error) => new(null, error);
}
