namespace Tenet.Client.Discovery;

/// <summary>Where the members of a cluster serve clients, by the SRV records of its domain.</summary>
/// <param name="Secure">Those of <c>_etcd-client-ssl._tcp</c>, which speak TLS.</param>
/// <param name="Plain">Those of <c>_etcd-client._tcp</c>.</param>
public sealed record ClusterServices(IReadOnlyList<DnsService> Secure, IReadOnlyList<DnsService> Plain);
