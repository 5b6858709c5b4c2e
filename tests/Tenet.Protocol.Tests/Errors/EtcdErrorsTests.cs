using System.Reflection;
using Tenet.Protocol.Errors;

namespace Tenet.Protocol.Tests.Errors;

public class EtcdErrorsTests
{
    /// <summary>Code and text of every refusal, written down a second time from contract/api.md, 3.1.</summary>
    private const string Table = """
        3 etcdserver: key is not provided
        3 etcdserver: key not found
        3 etcdserver: value is provided
        3 etcdserver: lease is provided
        3 etcdserver: too many operations in txn request
        3 etcdserver: duplicate key given in txn request
        3 etcdserver: invalid client api version
        3 etcdserver: invalid sort option
        11 etcdserver: mvcc: required revision has been compacted
        11 etcdserver: mvcc: required revision is a future revision
        8 etcdserver: mvcc: database space exceeded
        5 etcdserver: requested lease not found
        9 etcdserver: lease already exists
        11 etcdserver: too large lease TTL
        1 etcdserver: watch canceled
        9 etcdserver: member ID already exist
        9 etcdserver: Peer URLs already exists
        2 etcdserver: re-configuration failed due to not enough started members
        3 etcdserver: given member URLs are invalid
        5 etcdserver: member not found
        9 etcdserver: can only promote a learner member
        9 etcdserver: can only promote a learner member which is in sync with leader
        9 etcdserver: too many learner members in cluster
        3 etcdserver: request is too large
        2 etcdserver: too many requests
        9 etcdserver: root user does not exist
        9 etcdserver: root user does not have root role
        9 etcdserver: user name already exists
        9 etcdserver: user name not found
        3 etcdserver: user name is empty
        9 etcdserver: role name already exists
        9 etcdserver: role name not found
        3 etcdserver: role name is empty
        3 etcdserver: authentication failed, invalid user ID or password
        3 etcdserver: permission not given
        7 etcdserver: permission denied
        9 etcdserver: role is not granted to the user
        9 etcdserver: permission is not granted to the role
        9 etcdserver: authentication is not enabled
        16 etcdserver: invalid auth token
        3 etcdserver: invalid auth management
        3 etcdserver: revision of auth store is old
        14 etcdserver: no leader
        9 etcdserver: not leader
        14 etcdserver: leader changed
        9 etcdserver: not capable
        14 etcdserver: server stopped
        14 etcdserver: request timed out
        14 etcdserver: request timed out, possibly due to previous leader failure
        14 etcdserver: request timed out, possibly due to connection lost
        14 etcdserver: request timed out, waiting for the applied index took too long
        14 etcdserver: unhealthy cluster
        15 etcdserver: corrupt cluster
        9 etcdserver: rpc not supported for learner
        9 etcdserver: bad leader transferee
        3 etcdserver: wrong downgrade target version format
        3 etcdserver: invalid downgrade target version
        9 etcdserver: cluster version not found during downgrade
        9 etcdserver: cluster has a downgrade job in progress
        9 etcdserver: no inflight downgrade job
        1 etcdserver: request canceled
        4 context deadline exceeded
        2 etcdserver: request timed out, leader transfer took too long
        2 etcdserver: unknown method
        2 auth: authentication failed, password was given for no password user
        12 RangeStream does not support custom sort orders
        12 RangeStream does not support revision filters
        5 unknown service
        2 mvcc: watcher range is empty
        2 mvcc: duplicate watch ID provided on the WatchStream
        """;

    private static readonly List<EtcdError> All =
    [
        .. typeof(EtcdErrors).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => (EtcdError)property.GetValue(null)!),
    ];

    [Fact]
    public void The_catalogue_holds_every_refusal_of_the_table_with_its_code()
    {
        HashSet<string> catalogue = [.. All.Select(error => $"{(int)error.Code} {error.Message}")];
        Assert.All(Table.Split('\n'), line => Assert.Contains(line.TrimEnd('\r'), catalogue));
    }

    [Fact]
    public void No_text_stands_for_two_codes()
    {
        IEnumerable<IGrouping<string, EtcdError>> byText = All.GroupBy(error => error.Message);
        Assert.All(byText, group => Assert.Single(group));
    }

    [Fact]
    public void A_refusal_travels_in_its_exception()
    {
        RefusalException exception = EtcdErrors.Compacted.ToException();
        Assert.Same(EtcdErrors.Compacted, exception.Error);
        Assert.Equal(EtcdErrors.Compacted.Message, exception.Message);
    }
}
