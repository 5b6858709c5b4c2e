using Tenet.Foundation;
using Tenet.Foundation.Randomness;
using Tenet.Raft.Tracking;

namespace Tenet.Raft.Tests.Models;

/// <summary>Windows and progress against plain counting.</summary>
public sealed class FlowModelTests
{
    private readonly SeededRandom _random = new(51);

    [Fact]
    public void A_window_counts_messages_and_bytes_like_a_list()
    {
        for (int run = 0; run < 200; run++)
        {
            int messagesMax = _random.Next(1, 6);
            ulong bytesMax = _random.Chance(0.5) ? 0 : (ulong)_random.Next(1, 50);
            var window = new Inflights(messagesMax, bytesMax);
            List<(ulong Index, ulong Bytes)> model = [];
            ulong index = 0;
            for (int step = 0; step < 200; step++)
            {
                bool full = model.Count >= messagesMax || (bytesMax != 0 && model.Aggregate(0ul, (sum, m) => sum + m.Bytes) >= bytesMax);
                Assert.Equal(full, window.IsFull);
                Assert.Equal(model.Count, window.Count);
                switch (_random.Next(10))
                {
                    case 0:
                        window.Clear();
                        model.Clear();
                        break;
                    case < 6 when !full:
                        (ulong Index, ulong Bytes) message = (index += (ulong)_random.Next(1, 4), (ulong)_random.Next(20));
                        window.Add(message.Index, message.Bytes);
                        model.Add(message);
                        break;
                    case < 6:
                        Assert.Throws<InvariantException>(() => window.Add(index, 1));
                        break;
                    default:
                        ulong upTo = index - Math.Min(index, (ulong)_random.Next(8));
                        window.Release(upTo);
                        model.RemoveAll(m => m.Index <= upTo);
                        break;
                }
            }
        }
    }

    [Fact]
    public void Whatever_happens_match_stays_below_next_and_never_falls()
    {
        for (int run = 0; run < 300; run++)
        {
            var progress = new Progress(0, 10, isLearner: false, new Inflights(3, 0));
            for (int step = 0; step < 100; step++)
            {
                ulong match = progress.Match;
                Act(progress);
                Assert.True(progress.Match >= match && progress.Match < progress.Next, progress.ToString());
                Assert.True(progress.State != ProgressState.Snapshot || progress.IsPaused);
                Assert.True(progress.State != ProgressState.Snapshot || progress.Next >= progress.PendingSnapshot + 1);
                Assert.True(progress.State == ProgressState.Snapshot || progress.PendingSnapshot == 0);
            }
        }
    }

    [Fact]
    public void A_rejection_that_is_outdated_changes_nothing()
    {
        var probing = new Progress(3, 9, isLearner: false, new Inflights(3, 0));
        Assert.False(probing.MaybeDecrease(7, 5));
        Assert.True(probing.MaybeDecrease(8, 5));
        Assert.Equal(6ul, probing.Next);
        var replicating = new Progress(3, 4, isLearner: false, new Inflights(3, 0));
        replicating.BecomeReplicate();
        replicating.Sent(5, 10);
        Assert.False(replicating.MaybeDecrease(3, 1));
        Assert.True(replicating.MaybeDecrease(8, 1));
        Assert.Equal(4ul, replicating.Next);
    }

    private void Act(Progress progress)
    {
        switch (_random.Next(9))
        {
            case 0:
                progress.BecomeProbe();
                break;
            case 1:
                progress.BecomeReplicate();
                break;
            case 2 when progress.State != ProgressState.Snapshot:
                progress.BecomeSnapshot(progress.Match + (ulong)_random.Next(1, 9));
                break;
            case 3 when progress.State == ProgressState.Snapshot:
                progress.AbortSnapshot();
                break;
            case 4 when !progress.IsPaused:
                // Through a full window only an empty append goes.
                progress.Sent(progress.State == ProgressState.Replicate && progress.IsWindowFull ? 0 : _random.Next(3), 7);
                break;
            case 5:
                ulong acknowledged = progress.Match + (ulong)_random.Next(4);
                Assert.Equal(acknowledged > progress.Match, progress.MaybeUpdate(acknowledged));
                progress.Release(acknowledged);
                break;
            case 6 when progress.State != ProgressState.Snapshot:
                progress.MaybeDecrease((ulong)_random.Next((int)progress.Next + 2), (ulong)_random.Next(12));
                break;
            case 7:
                progress.SentCommit((ulong)_random.Next(20));
                break;
            default:
                progress.IsFlowPaused = false;
                break;
        }
    }
}
