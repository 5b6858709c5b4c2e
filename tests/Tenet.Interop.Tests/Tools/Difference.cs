namespace Tenet.Interop.Tests.Tools;

/// <summary>A difference from real tools and real etcd that is accepted for one step, and what is printed instead.</summary>
/// <param name="Columns">Where it occurs, as <see cref="Column.Matches"/> reads it.</param>
/// <param name="Reason">The key of its reason in <c>reasons.txt</c>.</param>
/// <param name="Expected">The masked outcome, to the letter.</param>
internal sealed record Difference(string Columns, string Reason, string Expected);
