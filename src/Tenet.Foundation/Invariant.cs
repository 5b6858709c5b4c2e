using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Tenet.Foundation;

/// <summary>Assertions that stay on in release builds. The message is only built when the condition is false.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> with the message unless the condition holds.</summary>
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [InterpolatedStringHandlerArgument(nameof(condition))] InvariantMessage message)
    {
        if (!condition)
            throw new InvariantException(message.ToString());
    }

    /// <summary>Throws <see cref="InvariantException"/>: this line must not be reached.</summary>
    [DoesNotReturn]
    public static void Broken(string message) => throw new InvariantException(message);
}
