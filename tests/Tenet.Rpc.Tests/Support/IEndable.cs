namespace Tenet.Rpc.Tests.Support;

/// <summary>A request body that stays open until it is ended.</summary>
internal interface IEndable
{
    void End();
}
