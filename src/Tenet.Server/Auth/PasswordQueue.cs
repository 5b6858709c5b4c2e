using System.Diagnostics.CodeAnalysis;

namespace Tenet.Server.Auth;

/// <summary>
/// Who waits for a password to be hashed, and whose turn it is: places take turns, and at one place users do. However many wait at one place for one user, another waits for its
/// turn only. When all room is taken, whoever waits most gives way to whoever waits less.
/// </summary>
internal sealed class PasswordQueue
{
    /// <summary>Jobs that may wait: some seconds of work, about as long as a client has patience.</summary>
    public const int WaitingMax = 256;

    /// <summary>Jobs that may wait at one place for one user.</summary>
    public const int WaitingPerUserMax = 8;

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private int _count;

    /// <summary>Whether a job would be taken now.</summary>
    public bool Takes(string source, string user)
    {
        Place? place = _places.GetValueOrDefault(source);
        int ofUser = place?.Lanes.GetValueOrDefault(user)?.Count ?? 0;
        return ofUser < WaitingPerUserMax && (_count < WaitingMax || MostWaiting(place, ofUser) is not null);
    }

    /// <summary>Adds a job, perhaps in the place of another.</summary>
    /// <returns>False if there is no room for it.</returns>
    public bool TryAdd(string source, string user, PasswordJob job, out PasswordJob? displaced)
    {
        displaced = null;
        if (!Takes(source, user))
            return false;
        if (_count == WaitingMax)
        {
            Place? mine = _places.GetValueOrDefault(source);
            (Place place, string other) = MostWaiting(mine, mine?.Lanes.GetValueOrDefault(user)?.Count ?? 0)!.Value;
            displaced = place.Lanes[other].Last!.Value;
            place.Lanes[other].RemoveLast();
            if (place.Lanes[other].Count == 0)
            {
                place.Lanes.Remove(other);
                place.Turns.Remove(other);
            }

            place.Count--;
            _count--;
        }

        if (!_places.TryGetValue(source, out Place? at))
        {
            _places[source] = at = new Place();
            _turns.Enqueue(source);
        }

        if (!at.Lanes.TryGetValue(user, out LinkedList<PasswordJob>? waiting))
        {
            at.Lanes[user] = waiting = [];
            at.Turns.AddLast(user);
        }

        waiting.AddLast(job);
        at.Count++;
        _count++;
        return true;
    }

    /// <summary>Takes the job whose turn it is.</summary>
    public bool TryTake([NotNullWhen(true)] out PasswordJob? job)
    {
        job = null;
        if (!_turns.TryDequeue(out string? source))
            return false;
        Place place = _places[source];
        string user = place.Turns.First!.Value;
        place.Turns.RemoveFirst();
        LinkedList<PasswordJob> lane = place.Lanes[user];
        job = lane.First!.Value;
        lane.RemoveFirst();
        place.Count--;
        _count--;
        if (lane.Count > 0)
            place.Turns.AddLast(user);
        else
            place.Lanes.Remove(user);
        if (place.Count > 0)
            _turns.Enqueue(source);
        else
            _places.Remove(source);
        return true;
    }

    /// <summary>
    /// Who gives way to one who calls from a place and waits <paramref name="ofUser"/> times already: the user who waits most at the place where most wait; null if that is no more than the caller would.
    /// </summary>
    private (Place Place, string User)? MostWaiting(Place? mine, int ofUser)
    {
        Place? fullest = null;
        foreach (Place place in _places.Values)
        {
            if (fullest is null || place.Count > fullest.Count)
                fullest = place;
        }

        string most = fullest!.Lanes.MaxBy(static lane => lane.Value.Count).Key;
        bool waitsMore = fullest == mine ? fullest.Lanes[most].Count > ofUser + 1 : fullest.Count > (mine?.Count ?? 0) + 1;
        return waitsMore ? (fullest, most) : null;
    }

    private sealed class Place
    {
        public Dictionary<string, LinkedList<PasswordJob>> Lanes { get; } = new(StringComparer.Ordinal);

        public LinkedList<string> Turns { get; } = new();

        public int Count { get; set; }
    }
}
