using System.Diagnostics;
using System.Text;

namespace Tenet.Interop.Tests.Processes;

/// <summary>A program that runs: what it says, the moment at which it says that it serves, and its end.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What members, gRPC proxies and gateways say when they serve.</summary>
    private static readonly string[] Serving = ["ready to serve client requests", "started gRPC proxy", "ready to proxy client requests"];

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly Task _exit;
    private bool _paused;

    private RunningProgram(ServerBinary binary, Process process)
    {
        Binary = binary;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardError), ReadAsync(process.StandardOutput));
        _exit = process.WaitForExitAsync();
    }

    public ServerBinary Binary { get; }

    public int Id => _process.Id;

    public bool HasExited => Exit.IsCompleted;

    /// <summary>Completes when the program says that it serves clients.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when the program has ended.</summary>
    public Task Exit => _exit;

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public static RunningProgram Start(ServerBinary binary, IEnumerable<string> flags) => new(binary, Tool.Start(binary.FileName, [.. binary.Prefix, .. flags]));

    /// <summary>Waits until the program serves. It fails if the program ends or takes too long.</summary>
    public async Task ServesAsync()
    {
        if (await Task.WhenAny(Ready, Exit, Task.Delay(Limit)) == Ready)
            return;
        string what = HasExited ? $"ended with exit code {_process.ExitCode}" : "did not get ready";
        if (!HasExited)
            await KillAsync();
        throw new InvalidOperationException($"{Binary} {what}; it said:\n{Log}");
    }

    /// <summary>Waits until the program ends by itself; its exit code.</summary>
    public async Task<int> EndsAsync()
    {
        Assert.True(await Task.WhenAny(Exit, Task.Delay(Limit)) == Exit, $"{Binary} goes on running; it said:\n{Log}");
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Tool.SignalAsync(Id, "TERM");
        return await EndsAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Exit;
        await _reading;
    }

    /// <summary>SIGSTOP: the program stands still, its connections stay open.</summary>
    public async Task PauseAsync()
    {
        _paused = true;
        await Tool.SignalAsync(Id, "STOP");
    }

    public async Task ResumeAsync()
    {
        await Tool.SignalAsync(Id, "CONT");
        _paused = false;
    }

    public bool IsPaused => _paused;

    public async ValueTask DisposeAsync()
    {
        if (!Exit.IsCompleted)
            _process.Kill();
        await Exit;
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.AppendLine(line);
            if (Array.Exists(Serving, text => line.Contains(text, StringComparison.Ordinal)))
                _ready.TrySetResult();
        }
    }
}
