namespace Tenet.Client.Discovery;

/// <summary>What a DNS server says.</summary>
/// <param name="Code">0 for an answer, 3 for a name that does not exist, anything else for a failure.</param>
/// <param name="Truncated">The answer did not fit and must be asked for over TCP.</param>
/// <param name="Services">The SRV records.</param>
internal sealed record DnsAnswer(int Code, bool Truncated, IReadOnlyList<DnsService> Services);
