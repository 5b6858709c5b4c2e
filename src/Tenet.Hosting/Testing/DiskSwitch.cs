using Tenet.Foundation.Files.Simulation;

namespace Tenet.Hosting.Testing;

/// <summary>
/// Makes a simulated disk refuse every change from one moment on. Changes that were begun before may still happen: none of them depends on
/// another, so a copy made afterwards is a disk that a crash at that moment could have left.
/// </summary>
internal sealed class DiskSwitch : IDiskFaults
{
    private volatile string? _failure;

    /// <summary>From now on every change fails for this reason.</summary>
    public void Fail(string reason) => _failure = reason;

    public void Before(in DiskEvent operation)
    {
        if (_failure is { } reason)
            throw new IOException($"{reason}: {operation.Operation} {operation.Path}");
    }
}
