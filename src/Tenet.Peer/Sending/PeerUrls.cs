namespace Tenet.Peer.Sending;

/// <summary>The URLs of one member and the one in use; when that fails, the next has its turn.</summary>
internal sealed class PeerUrls(IReadOnlyList<string> urls)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<string> _urls = urls;
    private int _picked;

    /// <summary>The URL in use.</summary>
    public string Pick()
    {
        lock (_lock)
            return _urls[_picked];
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _urls.Count;
        }
    }

    /// <summary>This one failed.</summary>
    public void Unreachable(string url)
    {
        lock (_lock)
        {
            if (_urls[_picked] == url)
                _picked = (_picked + 1) % _urls.Count;
        }
    }

    /// <summary>The member is reached elsewhere from now on.</summary>
    public void Update(IReadOnlyList<string> urls)
    {
        lock (_lock)
        {
            if (urls.SequenceEqual(_urls))
                return;
            _urls = urls;
            _picked = 0;
        }
    }
}
