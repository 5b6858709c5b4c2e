using System.Net.Sockets;
using Tenet.Peer.Sending;

namespace Tenet.Peer.Tests;

public sealed class EndEvidenceTests
{
    private static readonly HttpRequestException Refused = new("", new SocketException((int)SocketError.ConnectionRefused));
    private static readonly HttpRequestException Reset = new("An error occurred while sending the request.", new IOException("", new SocketException((int)SocketError.ConnectionReset)));
    private readonly EndEvidence _evidence = new();

    [Fact]
    public void A_connection_that_was_lost_and_refusals_by_every_address_are_the_end()
    {
        _evidence.OnConnected();
        Assert.False(_evidence.OnFailure(Refused, addresses: 2));
        Assert.True(_evidence.OnFailure(Refused, addresses: 2));
        Assert.False(_evidence.OnFailure(Refused, addresses: 1));
    }

    [Fact]
    public void A_process_may_reset_connections_at_its_last_moment()
    {
        _evidence.OnConnected();
        Assert.False(_evidence.OnFailure(Reset, addresses: 1));
        Assert.False(_evidence.OnFailure(new OperationCanceledException(), addresses: 1));
        Assert.True(_evidence.OnFailure(Refused, addresses: 1));
    }

    [Fact]
    public void Who_was_never_there_has_not_ended() => Assert.False(_evidence.OnFailure(Refused, addresses: 1));

    [Fact]
    public void Who_answers_has_not_ended()
    {
        _evidence.OnConnected();
        _evidence.OnAnswer();
        Assert.False(_evidence.OnFailure(Refused, addresses: 1));
    }
}
