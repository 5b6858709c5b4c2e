using Tenet.Foundation.Randomness;
using Tenet.Protocol.Etcdserverpb;
using Tenet.State.Mvcc;
using Tenet.State.Watch;

namespace Tenet.State.Tests.Watch;

/// <summary>
/// Random histories: writes, watchers of every kind, clients that read slowly or not, compactions, cancellations. Whatever the order of things, each watcher gets
/// what the model says: in order, nothing twice, nothing left out, a transaction in one response.
/// </summary>
public sealed class WatchHistoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Every_watcher_sees_its_part_of_history(ulong seed)
    {
        var random = new SeededRandom(seed);
        for (int round = 0; round < 5; round++)
            new Run(random.Fork()).Play(steps: 900);
    }

    [Fact]
    public async Task Writers_readers_and_the_loop_may_all_run_at_once()
    {
        const int Writes = 2000;
        const int Streams = 6;
        var fixture = new WatchFixture(static options => options with { QueuedMax = 16, CatchUpBytes = 4000 });
        using var loopWork = new SemaphoreSlim(0);
        var hub = new WatchHub(fixture.History, fixture.Hub.Options with { WorkArrived = () => loopWork.Release() });
        using var stop = new CancellationTokenSource();
        Task loop = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                hub.RetryVictims();
                if (!hub.RunCatchUp())
                    await loopWork.WaitAsync(CancellationToken.None);
            }
        });

        var readers = new List<Task>();
        for (int i = 0; i < Streams; i++)
        {
            WatchStream stream = hub.OpenStream(TimeSpan.Zero);
            var models = new List<WatcherModel>();
            for (int w = 0; w < 5; w++)
            {
                WatchRequest request = WatchFixture.Create("a", "z", start: w % 2 == 0 ? 0 : 1, previous: w == 1);
                models.Add(new WatcherModel(fixture.History, request.CreateRequest, createdAt: fixture.History.CurrentRevision));
                stream.Handle(request);
            }

            readers.Add(Task.Run(() => Read(stream, models)));
        }

        async Task Read(WatchStream stream, List<WatcherModel> models)
        {
            while (models.Exists(static model => model.LastRevision < Writes + 1) && await stream.WaitAsync())
            {
                while (stream.TryTake(out WatchReply reply))
                {
                    if (!reply.Created)
                        models[(int)reply.WatchId].Receive(reply.ToMessage());
                }
            }

            stream.Dispose();
        }

        await Task.Run(() =>
        {
            for (int i = 0; i < Writes; i++)
            {
                IReadOnlyList<MvccEvent> events = fixture.History.Write(($"k{i % 7}", $"{i}"));
                hub.Written(events[0].Revision.Main, events);
            }
        });
        await Task.WhenAll(readers);
        await stop.CancelAsync();
        loopWork.Release();
        await loop;
        Assert.Equal(default, hub.Statistics);
    }

    private sealed class Run
    {
        private static readonly string[] Keys = ["a", "b", "b/1", "b/2", "c", "d", "e"];

        private readonly SeededRandom _random;
        private readonly WatchFixture _fixture;
        private readonly bool _compacts;
        private readonly bool _installs;
        private readonly List<Client> _clients = [];
        private TimeSpan _now;

        public Run(SeededRandom random)
        {
            _random = random;
            _compacts = random.Chance(0.5);
            _installs = random.Chance(0.5);
            _fixture = new WatchFixture(options => options with
            {
                QueuedMax = 1 + random.Next(20),
                QueuedBytesMax = random.Chance(0.5) ? 400 : 1 << 20,
                CatchUpBytes = random.Chance(0.5) ? 60 : 1 << 20,
                FragmentBytes = random.Chance(0.5) ? 120 : 1 << 20,
                ProgressInterval = TimeSpan.FromSeconds(5),
            });
            _fixture.History.Meanwhile = WhileHistoryIsRead;
        }

        public void Play(int steps)
        {
            for (int i = 0; i < steps; i++)
                Step();

            _fixture.History.Meanwhile = static () => { };

            // Everybody reads to the end: then everybody has everything.
            for (bool moved = true; moved;)
            {
                _fixture.RunLoop();
                moved = false;
                foreach (Client client in _clients)
                    moved |= client.Read(int.MaxValue);
            }

            foreach (Client client in _clients)
                client.AssertFinished();
            Assert.Equal(0, _fixture.Hub.Statistics.SlowWatchers);
        }

        private void Step()
        {
            switch (_random.Next(20))
            {
                case 0 when _clients.Count < 8:
                    _clients.Add(new Client(_fixture, _random.Chance(0.4)));
                    break;
                case 1 or 2 when _clients.Count > 0:
                    Pick().Create(RandomCreate());
                    break;
                case 3 when _clients.Count > 0 && _random.Chance(0.5):
                    Pick().CancelOne(_random);
                    break;
                case 4 when _clients.Count > 0:
                    Pick().RequestProgress();
                    break;
                case 5 or 6 or 7 when _clients.Count > 0:
                    Client reader = Pick();
                    reader.Read(reader.IsSlow ? 1 : 1 + _random.Next(50));
                    break;
                case 8:
                    _fixture.Hub.RunCatchUp();
                    break;
                case 9:
                    _fixture.Hub.RetryVictims();
                    break;
                case 10:
                    _now += TimeSpan.FromSeconds(1);
                    _fixture.Hub.RunProgress(_now);
                    break;
                case 11 when _compacts && _random.Chance(0.1):
                    Compact();
                    break;
                case 12 when _installs && _random.Chance(0.1):
                    Install();
                    break;
                default:
                    Write();
                    break;
            }
        }

        private void WhileHistoryIsRead()
        {
            if (_random.Chance(0.4))
                Write();
            if (_random.Chance(0.1) && _clients.Count > 0)
                Pick().CancelOne(_random);
            if (_random.Chance(0.1) && _clients.Count > 0)
                Pick().Create(RandomCreate());
            if (_compacts && _random.Chance(0.02))
                Compact();
            if (_installs && _random.Chance(0.01))
                Install();
        }

        // A leader's snapshot: the store is ahead at once, and clients may come in before the hub is told.
        private void Install()
        {
            for (int i = _random.Next(30); i > 0; i--)
                _fixture.History.Write(RandomChanges());
            if (_compacts && _random.Chance(0.5))
                Compact();
            if (_clients.Count > 0 && _random.Chance(0.5))
                Pick().Create(RandomCreate());
            if (_clients.Count > 0 && _random.Chance(0.3))
                Pick().RequestProgress();
            _fixture.Replaced();
        }

        private void Compact()
        {
            long compacted = Math.Max(1, _fixture.History.CompactRevision);
            _fixture.History.Compact(compacted + _random.Next((int)(_fixture.History.CurrentRevision - compacted) + 1));
        }

        private Client Pick() => _clients[_random.Next(_clients.Count)];

        private void Write() => _fixture.Write(RandomChanges());

        private (string, string?)[] RandomChanges()
        {
            var changes = new (string, string?)[1 + (_random.Chance(0.3) ? _random.Next(4) : 0)];
            int first = _random.Next(Keys.Length);
            for (int i = 0; i < changes.Length; i++)
                changes[i] = (Keys[(first + i) % Keys.Length], _random.Chance(0.3) ? null : $"{_random.Next(1000)}");
            return changes;
        }

        private WatchCreateRequest RandomCreate()
        {
            string key = Keys[_random.Next(Keys.Length)];
            string end = _random.Next(4) switch { 0 => "\0", 1 => key + "z", _ => "" };
            long start = _random.Next(4) switch
            {
                0 => 1 + _random.Next((int)_fixture.History.CurrentRevision),
                1 => _fixture.History.CurrentRevision + _random.Next(20),
                _ => 0,
            };
            int[] filters = _random.Next(6) switch { 0 => [0], 1 => [1], _ => [] };
            return WatchFixture.Create(
                key, end, start, previous: _random.Chance(0.3), fragment: _random.Chance(0.3), progress: _random.Chance(0.3), filters: filters).CreateRequest;
        }
    }

    private sealed class Client(WatchFixture fixture, bool isSlow)
    {
        private readonly WatchStream _stream = fixture.Open();
        private readonly SortedDictionary<long, WatcherModel> _watchers = [];
        private readonly Queue<WatcherModel> _unanswered = new();
        private readonly SortedSet<long> _created = [];

        public bool IsSlow => isSlow;

        public void Create(WatchCreateRequest request)
        {
            _unanswered.Enqueue(new WatcherModel(fixture.History, request, fixture.Told));
            _stream.Handle(new WatchRequest { CreateRequest = request });
        }

        public void CancelOne(SeededRandom random)
        {
            if (_created.Count > 0)
                _stream.Handle(WatchFixture.Cancel(_created.ElementAt(random.Next(_created.Count))));
        }

        public void RequestProgress() => _stream.Handle(WatchFixture.Progress());

        public bool Read(int countMax)
        {
            bool any = false;
            for (int i = 0; i < countMax && _stream.TryTake(out WatchReply reply); i++)
            {
                any = true;
                Receive(reply.ToMessage());
            }

            return any;
        }

        public void AssertFinished()
        {
            Assert.Empty(_unanswered);
            foreach (WatcherModel watcher in _watchers.Values)
            {
                if (watcher.CompactedAt > 0)
                    Assert.True(watcher.LastRevision + 1 < watcher.CompactedAt || watcher.Start < watcher.CompactedAt);
                else if (!watcher.Ended)
                    watcher.AssertComplete(fixture.History.CurrentRevision);
            }
        }

        private void Receive(WatchResponse response)
        {
            if (response.Created)
            {
                Assert.False(response.Canceled);
                _watchers[response.WatchId] = _unanswered.Dequeue();
                _created.Add(response.WatchId);
            }
            else if (response.WatchId == -1)
            {
                foreach (WatcherModel watcher in _watchers.Values)
                {
                    if (!watcher.Ended)
                        watcher.AssertComplete(response.Header.Revision);
                }
            }
            else if (response.Canceled && _watchers[response.WatchId].Ended)
            {
                // The answer to cancelling a watcher that had been told of compaction.
                Assert.True(_watchers[response.WatchId].CompactedAt > 0);
                _created.Remove(response.WatchId);
            }
            else
            {
                _watchers[response.WatchId].Receive(response);
                if (response.Canceled && response.CompactRevision == 0)
                    _created.Remove(response.WatchId);
            }
        }
    }
}
