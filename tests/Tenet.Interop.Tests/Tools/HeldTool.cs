using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Tools;

/// <summary>A tool that goes on until it is told to stop: a watch, a lock, an election.</summary>
internal sealed class HeldTool : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly SemaphoreSlim _heard = new(0);
    private readonly Task _reading;
    private readonly Task<string> _errors;

    public HeldTool(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public void Say(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits until so many lines, or a text, have been printed.</summary>
    public async Task<string> HearsAsync(string until)
    {
        using CancellationTokenSource limit = new(Limit);
        try
        {
            while (!IsComplete(Output, until) && !_reading.IsCompleted)
                await _heard.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return Output + "(nothing more)\n";
        }
        return Output;
    }

    /// <summary>Waits for the end; what was printed, and the exit code.</summary>
    public async Task<ToolResult> EndsAsync()
    {
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            return new(-1, Output + "(goes on running)\n", await _errors);
        }
        await _reading;
        return new(_process.ExitCode, Output, await _errors);
    }

    public Task InterruptAsync() => Tool.SignalAsync(_process.Id, "INT");

    /// <summary>Ends it, whatever it does.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    private static bool IsComplete(string text, string until) =>
        int.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) ? text.Count(c => c == '\n') >= lines : text.Contains(until, StringComparison.Ordinal);

    private async Task ReadAsync()
    {
        char[] buffer = new char[4096];
        int read;
        while ((read = await _process.StandardOutput.ReadAsync(buffer)) > 0)
        {
            lock (_output)
                _output.Append(buffer, 0, read);
            _heard.Release();
        }
        _heard.Release();
    }
}
