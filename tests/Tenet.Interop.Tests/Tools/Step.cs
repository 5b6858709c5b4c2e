namespace Tenet.Interop.Tests.Tools;

/// <summary>One line of a scene: <see cref="SceneRunner"/> says what may stand there.</summary>
internal sealed record Step(string Line, IReadOnlyList<Difference> Differences)
{
    /// <summary>Whether a tool is started here, and not only waited for or spoken to.</summary>
    public bool IsInvocation => SceneRunner.Verb(Line) is not { } verb || verb[^1] == '&';
}
