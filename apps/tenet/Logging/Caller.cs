using System.Diagnostics;
using System.Reflection;

namespace Tenet.App.Logging;

/// <summary>Names the method that wrote a line, as <c>room/Type.Method</c>.</summary>
internal static class Caller
{
    /// <summary>The nearest method on the stack that is not part of logging.</summary>
    public static string Find()
    {
        foreach (StackFrame frame in new StackTrace(1, fNeedFileInfo: false).GetFrames())
        {
            if (frame.GetMethod() is not { DeclaringType: { } type } method || IsLogging(type))
                continue;
            return Describe(type, method);
        }
        return "tenet";
    }

    private static bool IsLogging(Type type) => type.Namespace is "Tenet.Foundation.Logging" or "Tenet.App.Logging" || type.Name.EndsWith("Log", StringComparison.Ordinal);

    private static string Describe(Type type, MethodBase method)
    {
        string name = method.Name;
        // An async method or a lambda runs in a nested type whose name holds the method's: <StartAsync>d__3.
        while (type.DeclaringType is { } outer && type.Name.StartsWith('<'))
        {
            int end = type.Name.IndexOf('>');
            if (end > 1)
                name = type.Name[1..end];
            type = outer;
        }
        if (name.StartsWith('<') && name.IndexOf('>') is > 1 and var close)
            name = name[1..close];
        string room = type.Assembly.GetName().Name!.Split('.')[^1].ToLowerInvariant();
        return $"{room}/{type.Name}.{name}";
    }
}
