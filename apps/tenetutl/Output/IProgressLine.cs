namespace Tenet.Utl.Output;

/// <summary>Tells how far long work has come, to whoever watches; called often, from one thread.</summary>
internal interface IProgressLine
{
    /// <param name="what">What is being done.</param>
    /// <param name="done">How much of it is done.</param>
    /// <param name="all">How much there is.</param>
    void Report(string what, long done, long all);
}
