using System.Text;
using Tenet.Foundation;
using Tenet.Raft.Membership;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>The commands of the membership files (contract/consensus.md, 2.8).</summary>
internal sealed class ConfChangeCommands
{
    private MembershipState _state = MembershipState.Empty;
    private ulong _lastIndex;

    public string Handle(Directive directive)
    {
        try
        {
            List<ConfChangeSingle> changes = ConfChangeScript.Parse(directive.Input);
            var changer = new MembershipChanger(_state, _lastIndex, new InflightLimits(10, 0));
            _state = directive.Command switch
            {
                "simple" => changer.Simple(changes),
                "enter-joint" => changer.EnterJoint(directive.Find("autoleave")?.Flag ?? false, changes),
                "leave-joint" when changes.Count > 0 => throw new ScriptException("this command takes no input"),
                "leave-joint" => changer.LeaveJoint(),
                _ => throw new ScriptException("unknown command"),
            };
            var text = new StringBuilder($"{_state.Config}\n");
            for (int i = 0; i < _state.Members.Count; i++)
                text.Append($"{_state.Members.At(i).Id}: {_state.Members.At(i).Progress}\n");
            return text.ToString();
        }
        catch (Exception failure) when (failure is InvariantException or ScriptException)
        {
            return $"{failure.Message}\n";
        }
        finally
        {
            _lastIndex++;
        }
    }
}
