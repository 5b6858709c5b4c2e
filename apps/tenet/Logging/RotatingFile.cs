using System.Globalization;
using System.IO.Compression;

namespace Tenet.App.Logging;

/// <summary>
/// A log file that gives way to a new one when it is full. The old one is named for the moment, <c>etcd-2026-11-22T06-25-39.759.log</c>, as
/// etcd's is; what is too old, too many or to be compressed is seen to beside the writer, which never waits for it.
/// </summary>
internal sealed class RotatingFile : Stream
{
    private const string TimeFormat = "yyyy-MM-ddTHH-mm-ss.fff";
    private const string Packed = ".gz";

    private readonly string _path;
    private readonly string _directory;
    private readonly string _stem;
    private readonly string _extension;
    private readonly LogRotation _rotation;
    private readonly TimeProvider _time;
    private readonly Lock _tidying = new();
    private FileStream _file;
    private Task _tidied = Task.CompletedTask;

    public RotatingFile(string path, LogRotation rotation, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _directory = Path.GetDirectoryName(_path)!;
        _extension = Path.GetExtension(_path);
        _stem = Path.GetFileNameWithoutExtension(_path) + "-";
        _rotation = rotation;
        _time = time;
        Directory.CreateDirectory(_directory);
        _file = Open();
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _file.Length;

    public override long Position { get => _file.Position; set => throw new NotSupportedException(); }

    /// <summary>Completes when old files have been seen to.</summary>
    public Task Tidied => _tidied;

    /// <summary>Appends a line, to a new file if it would make this one too large.</summary>
    public override void Write(ReadOnlySpan<byte> line)
    {
        if (_file.Length > 0 && _file.Length + line.Length > _rotation.MaxBytes)
            Rotate();
        _file.Write(line);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }

    private FileStream Open() => OpenOwn(_path, FileMode.Append);

    /// <summary>A file that nobody but its owner may read: keys and addresses stand in it.</summary>
    private static FileStream OpenOwn(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private void Rotate()
    {
        DateTimeOffset now = _rotation.LocalTime ? _time.GetLocalNow() : _time.GetUtcNow();
        string old = Path.Combine(_directory, _stem + now.ToString(TimeFormat, CultureInfo.InvariantCulture) + _extension);
        _file.Dispose();
        try
        {
            // The clock may have been set back, or stand: no file is ever replaced.
            if (!File.Exists(old))
                File.Move(_path, old);
        }
        finally
        {
            _file = Open();
        }
        _tidied = _tidied.ContinueWith(_ => Tidy(), TaskScheduler.Default);
    }

    private void Tidy()
    {
        lock (_tidying)
        {
            try
            {
                RemoveOld();
                if (_rotation.Compress)
                    CompressAll();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Old files stay for the next time. There is no log to say it in but this one.
            }
        }
    }

    private void RemoveOld()
    {
        DateTime oldest = _rotation.MaxAgeDays > 0 ? _time.GetUtcNow().UtcDateTime.AddDays(-_rotation.MaxAgeDays) : DateTime.MinValue;
        int kept = 0;
        foreach ((string path, DateTime time) in Backups().OrderByDescending(backup => backup.Time))
        {
            kept++;
            if (time < oldest || (_rotation.MaxBackups > 0 && kept > _rotation.MaxBackups))
                File.Delete(path);
        }
    }

    private IEnumerable<(string Path, DateTime Time)> Backups()
    {
        DateTimeStyles zone = (_rotation.LocalTime ? DateTimeStyles.AssumeLocal : DateTimeStyles.AssumeUniversal) | DateTimeStyles.AdjustToUniversal;
        foreach (string path in Directory.GetFiles(_directory))
        {
            string name = Path.GetFileName(path);
            if (name.EndsWith(Packed, StringComparison.Ordinal))
                name = name[..^Packed.Length];
            if (!name.StartsWith(_stem, StringComparison.Ordinal) || !name.EndsWith(_extension, StringComparison.Ordinal) || name.Length <= _stem.Length + _extension.Length)
                continue;
            if (DateTime.TryParseExact(name[_stem.Length..^_extension.Length], TimeFormat, CultureInfo.InvariantCulture, zone, out DateTime time))
                yield return (path, time);
        }
    }

    private void CompressAll()
    {
        foreach ((string path, _) in Backups().Where(backup => !backup.Path.EndsWith(Packed, StringComparison.Ordinal)).ToList())
        {
            using (FileStream plain = File.OpenRead(path))
            using (GZipStream packed = new(OpenOwn(path + Packed, FileMode.Create), CompressionLevel.Optimal))
                plain.CopyTo(packed);
            File.Delete(path);
        }
    }
}
