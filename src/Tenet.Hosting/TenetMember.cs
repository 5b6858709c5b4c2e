using Tenet.Foundation.Logging;
using Tenet.Server;

namespace Tenet.Hosting;

/// <summary>A member with its doors open, inside any process. Its failures are its own: nothing here ends the process.</summary>
public sealed class TenetMember : IAsyncDisposable
{
    internal TenetMember(Member member) => Member = member;

    /// <summary>The member behind the doors.</summary>
    public Member Member { get; }

    /// <summary>Completes when the member has stopped itself, with one line that says why. Never completes otherwise.</summary>
    public Task<string> Failure => Member.Failure;

    /// <summary>Starts a member and opens its doors once it is ready to serve.</summary>
    /// <exception cref="MemberStartException">The options or the data directory do not allow a start.</exception>
    /// <exception cref="IOException">A listen address is taken, or the disk refuses.</exception>
    public static Task<TenetMember> StartAsync(TenetOptions options, ILog? log = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Closes the doors, then stops the member.</summary>
    public async Task StopAsync() => await Member.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();
}
