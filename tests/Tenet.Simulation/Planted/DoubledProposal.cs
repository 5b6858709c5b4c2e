using Tenet.Server;
using Tenet.Server.Loops;
using Tenet.Server.Requests;

namespace Tenet.Simulation.Planted;

/// <summary>A proposal that seems to take long is proposed again, without a look at whether the first one is in the log.</summary>
internal sealed class DoubledProposal : PlantedBug
{
    private int _count;

    public override void BeforeTurn(Member member, ITurn turn)
    {
        if (turn.Name != "consensus" || member.Engine.Core.State.Lead == 0)
            return;
        Mailbox<PendingRequest> proposals = member.Engine.Consensus.Proposals;
        foreach (PendingRequest proposal in proposals.TakeAll().ToArray())
        {
            proposals.TryPost(proposal);
            if (++_count % 20 == 0 && proposal.Change is null)
                proposals.TryPost(proposal);
        }
    }
}
