using Tenet.Server;
using Tenet.Server.Loops;

namespace Tenet.Simulation.Planted;

/// <summary>
/// A fault put into members on purpose, to prove that a checker bites. It works from outside, on what members are given and what lies
/// between their turns, so production code carries nothing of it. One instance for each member and life.
/// </summary>
internal abstract class PlantedBug
{
    /// <summary>Changes what the member is given: its disk, its transport.</summary>
    public virtual MemberSeams Decorate(MemberSeams seams) => seams;

    /// <summary>The member is about to run a turn.</summary>
    public virtual void BeforeTurn(Member member, ITurn turn)
    {
    }

    /// <summary>The member has run a turn; the checkers look after this.</summary>
    public virtual void AfterTurn(Member member, ITurn turn)
    {
    }
}
