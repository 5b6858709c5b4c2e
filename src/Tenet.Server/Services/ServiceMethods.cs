using Tenet.Protocol.Calls;

namespace Tenet.Server.Services;

/// <summary>The method table: every call that a member answers, with the checks that all calls share.</summary>
public static class ServiceMethods
{
    /// <summary>The rows for one member, for the transport.</summary>
    public static IReadOnlyList<Method> Of(Member member) => throw new NotSupportedException();
}
