using System.Diagnostics;
using Tenet.Client.Calls;
using Tenet.Client.Calls.Methods;
using Tenet.CommandLine;
using Tenet.Ctl.Connection;
using Tenet.Foundation.Logging;
using Tenet.Foundation.Text;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Maintenance;

/// <summary>
/// Fetches a member's database into a file. It grows beside its name, with <c>.part</c>, and gets the name when it is complete and synced;
/// so what bears the name is a whole snapshot, and what was there before stays until then.
/// </summary>
internal sealed class SnapshotDownload(Session session, string path)
{
    // A database is a number of whole sectors; what is over is the checksum that the server sends last.
    private const int SectorSize = 512;
    private const int ChecksumSize = 32;

    private readonly CommandConsole _console = session.Console;
    private readonly WarningLog _log = new(session.Console.Error);
    private readonly string _partPath = path + ".part";
    private string _version = "";

    /// <summary>The server's version, or nothing from servers that do not tell it.</summary>
    /// <exception cref="CommandException">There is no snapshot at the path, or still the old one.</exception>
    public async Task<string> RunAsync(CallOptions options)
    {
        string endpoint = session.Endpoints[0];
        long start = Stopwatch.GetTimestamp();
        try
        {
            long size;
            await using (FileStream file = Open())
            {
                _log.Write("info", "created temporary db file", ("path", _partPath));
                _log.Write("info", "fetching snapshot", ("endpoint", endpoint));
                size = await FetchAsync(file, options);
                if (size % SectorSize != ChecksumSize)
                    throw new CommandException(ExitCode.Interrupted, $"sha256 checksum not found [bytes: {size}]");
                file.Flush(flushToDisk: true);
            }
            _log.Write("info", "fetched snapshot",
                ("endpoint", endpoint), ("size", ByteCounts.Format(size)), ("took", GoDuration.Format(Stopwatch.GetElapsedTime(start))), ("etcd-version", _version));
            Rename();
            _log.Write("info", "saved", ("path", path));
            return _version;
        }
        catch (CallException exception)
        {
            throw session.Judged(exception, ExitCode.Interrupted);
        }
        catch (IOException exception)
        {
            throw new CommandException(ExitCode.Interrupted, $"could not write snapshot: {FileText.Problem(exception)}", exception);
        }
        finally
        {
            if (File.Exists(_partPath))
                File.Delete(_partPath);
        }
    }

    private async Task<long> FetchAsync(FileStream file, CallOptions options)
    {
        using SnapshotProgress? progress = _console.ErrorIsTerminal ? new(_console.Error) : null;
        await foreach (SnapshotResponse response in session.Calls.ServerStreamAsync(MaintenanceMethods.Snapshot, new SnapshotRequest(), options, session.Cancellation))
        {
            if (_version.Length == 0)
                _version = response.Version;
            await file.WriteAsync(response.Blob.Memory, session.Cancellation);
            progress?.Show(file.Position, (long)response.RemainingBytes);
        }
        return file.Position;
    }

    private FileStream Open()
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new(_partPath, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = exception is DirectoryNotFoundException ? "no such file or directory" : FileText.Problem(exception);
            throw new CommandException(ExitCode.Interrupted, $"could not open {_partPath} (open {_partPath}: {problem})", exception);
        }
    }

    private void Rename()
    {
        try
        {
            File.Move(_partPath, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Interrupted, $"could not rename {_partPath} to {path} ({FileText.Problem(exception)})", exception);
        }
    }
}
