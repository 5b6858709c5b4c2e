using Tenet.Foundation.Files;

namespace Tenet.State.Backends;

/// <summary>
/// A file that has lost its name to another, once nobody reads it any more. Closing a large one frees all its space in one go, and every sync of the disk
/// waits for that; so it is made shorter step by step before.
/// </summary>
/// <remarks>It is given from any thread; the steps belong to one; disposal to any.</remarks>
internal sealed class ReplacedFile : IDisposable
{
    private readonly Lock _lock = new();
    private IFile? _file;
    private bool _isDisposed;

    public void Take(IFile file)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _file = file;
                return;
            }
        }

        file.Dispose();
    }

    /// <summary>Makes it shorter. Does nothing while it is read.</summary>
    /// <returns>False if it is gone.</returns>
    public bool Shorten(long bytes)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return false;
            if (_file is null)
                return true;
            long length = Math.Max(0, _file.Length - bytes);
            _file.SetLength(length);
            if (length > 0)
                return true;
        }

        Dispose();
        return false;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _file?.Dispose();
            _file = null;
        }
    }
}
