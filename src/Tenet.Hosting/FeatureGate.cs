namespace Tenet.Hosting;

/// <summary>One of etcd's feature gates.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Stage">ALPHA or BETA.</param>
/// <param name="Enabled">Whether it is open.</param>
public sealed record FeatureGate(string Name, string Stage, bool Enabled);
