using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Simulation.Checking;

/// <summary>
/// Whether a watcher got what it was promised (contract/api.md, 2.3): every event of its range from its start on, in order, none twice, none
/// missing, all events of one revision together, and no progress notice ahead of an event.
/// </summary>
internal sealed class WatchChecker
{
    private readonly WatchRecord _record;
    private readonly KvModel _model;
    private readonly IReadOnlyList<long> _compactions;
    private readonly List<Event> _due = [];
    private long _next;
    private bool _inFragments;

    private WatchChecker(WatchRecord record, KvModel model, IReadOnlyList<long> compactions)
    {
        _record = record;
        _model = model;
        _compactions = compactions;
    }

    /// <summary>Checks one watcher.</summary>
    /// <param name="record">What it asked for and got.</param>
    /// <param name="model">Every revision that there was.</param>
    /// <param name="compactions">Every revision that was compacted to.</param>
    public static Violation? Check(WatchRecord record, KvModel model, IReadOnlyList<long> compactions)
    {
        string? problem = new WatchChecker(record, model, compactions).Run();
        return problem is null
            ? null
            : new Violation(CheckerNames.Watch, $"{problem} (watch {record.Request} at member {record.Member:x}, {record.Responses.Count} responses)");
    }

    private string? Run()
    {
        bool created = false;
        bool canceled = false;
        foreach (WatchResponse response in _record.Responses)
        {
            if (canceled)
                return $"{response} after the end";
            string? problem = null;
            canceled = response.Canceled;
            if (response.Created)
            {
                if (created)
                    return "created twice";
                created = true;
                _next = _record.Request.StartRevision > 0 ? _record.Request.StartRevision : response.Header.Revision + 1;
            }
            else if (!created)
            {
                return $"{response} before it was created";
            }
            else if (response.Events.Count > 0)
            {
                problem = Take(response);
            }
            else if (response.Canceled)
            {
                problem = CheckEnd(response);
            }
            else
            {
                problem = CheckProgress(response);
            }

            if (problem is not null)
                return $"{problem}: {response}";
        }

        if (_record.MustReach == 0)
            return null;
        return created ? CheckReached() : "it was never created";
    }

    private string? Take(WatchResponse response)
    {
        foreach (Event given in response.Events)
        {
            if (_due.Count == 0 && !FindNext(_model.Revision))
                return $"nothing is due any more, but here is {given}";
            Event expected = _due[0];
            if (given.Type != expected.Type || !given.Kv.Equals(expected.Kv))
                return $"due is {expected}, but here is {given}";
            if (PreviousProblem(given) is { } problem)
                return problem;
            _due.RemoveAt(0);
        }

        long last = response.Events[^1].Kv.ModRevision;
        if (response.Header.Revision < last)
            return $"the header names revision {response.Header.Revision}, an event {last}";
        if (response.Fragment)
        {
            if (!_record.Request.Fragment)
                return "a fragment, which was not asked for";
            _inFragments = true;
            return null;
        }

        _inFragments = false;
        return _due.Count > 0 ? $"revision {last} is torn: {_due[0]} is missing" : null;
    }

    /// <summary>Collects the events of the next revision that has any for this watcher; false if none up to a revision has.</summary>
    private bool FindNext(long upTo)
    {
        for (; _next <= upTo; _next++)
        {
            if (_next < 2)
                continue;
            foreach (Event change in _model.ChangesAt(_next))
            {
                if (Wants(change))
                    _due.Add(change);
            }

            if (_due.Count == 0)
                continue;
            _next++;
            return true;
        }

        return false;
    }

    private bool Wants(Event change)
    {
        WatchCreateRequest request = _record.Request;
        var left = change.Type == Event.Types.EventType.Put ? WatchCreateRequest.Types.FilterType.Noput : WatchCreateRequest.Types.FilterType.Nodelete;
        return KvModel.Covers(request.Key, request.RangeEnd, change.Kv.Key) && !request.Filters.Contains(left);
    }

    private string? PreviousProblem(Event given)
    {
        if (!_record.Request.PrevKv)
            return given.PrevKv is null ? null : $"a previous pair that was not asked for in {given}";
        KeyValue? expected = _model.Find(given.Kv.Key, given.Kv.ModRevision - 1);
        if (given.PrevKv is null)
        {
            // What is compacted may be gone.
            bool mayBeGone = _compactions.Any(revision => revision >= given.Kv.ModRevision - 1);
            return expected is null || mayBeGone ? null : $"the previous pair is missing in {given}";
        }

        return given.PrevKv.Equals(expected) ? null : $"the previous pair is {expected}, but here is {given}";
    }

    private string? CheckProgress(WatchResponse response)
    {
        if (_inFragments)
            return "a progress notice between two fragments";
        return FindNext(response.Header.Revision) ? $"a progress notice of revision {response.Header.Revision} ahead of {_due[0]}" : null;
    }

    private string? CheckEnd(WatchResponse response)
    {
        if (response.CompactRevision == 0)
            return null;
        if (!_compactions.Contains(response.CompactRevision))
            return $"nobody has compacted to revision {response.CompactRevision}";
        return _next >= response.CompactRevision ? $"cancelled by a compaction, but it needed {_next} next" : null;
    }

    private string? CheckReached() => FindNext(Math.Min(_record.MustReach, _model.Revision)) ? $"it never got {_due[0]}" : null;
}
