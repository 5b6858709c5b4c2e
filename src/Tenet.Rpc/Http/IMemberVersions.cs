namespace Tenet.Rpc.Http;

/// <summary>The versions that <c>/version</c> shows.</summary>
public interface IMemberVersions
{
    /// <summary>The program's.</summary>
    string Server { get; }

    /// <summary>The cluster's, or null while it is undecided.</summary>
    string? Cluster { get; }

    /// <summary>The storage's, or null while it is unknown.</summary>
    string? Storage { get; }
}
