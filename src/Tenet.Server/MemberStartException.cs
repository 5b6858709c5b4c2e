namespace Tenet.Server;

/// <summary>A member cannot start with what it was given. The message is one line for the operator, etcd's where etcd has one.</summary>
public sealed class MemberStartException : Exception
{
    /// <summary>With the line that is shown.</summary>
    public MemberStartException(string message)
        : base(message)
    {
    }

    /// <summary>With the line that is shown, and what led to it.</summary>
    public MemberStartException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
