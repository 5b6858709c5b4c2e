namespace Tenet.Protocol.Errors;

/// <summary>Every refusal that a member sends, in the order of contract/api.md, 3.1.</summary>
public static class EtcdErrors
{
    public static EtcdError EmptyKey { get; } = new(StatusCode.InvalidArgument, "etcdserver: key is not provided");

    public static EtcdError KeyNotFound { get; } = new(StatusCode.InvalidArgument, "etcdserver: key not found");

    public static EtcdError ValueIsProvided { get; } = new(StatusCode.InvalidArgument, "etcdserver: value is provided");

    public static EtcdError LeaseIsProvided { get; } = new(StatusCode.InvalidArgument, "etcdserver: lease is provided");

    public static EtcdError TooManyOps { get; } = new(StatusCode.InvalidArgument, "etcdserver: too many operations in txn request");

    public static EtcdError DuplicateKey { get; } = new(StatusCode.InvalidArgument, "etcdserver: duplicate key given in txn request");

    public static EtcdError InvalidClientApiVersion { get; } = new(StatusCode.InvalidArgument, "etcdserver: invalid client api version");

    public static EtcdError InvalidSortOption { get; } = new(StatusCode.InvalidArgument, "etcdserver: invalid sort option");

    public static EtcdError Compacted { get; } = new(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted");

    public static EtcdError FutureRevision { get; } = new(StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision");

    public static EtcdError NoSpace { get; } = new(StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded");

    public static EtcdError LeaseNotFound { get; } = new(StatusCode.NotFound, "etcdserver: requested lease not found");

    public static EtcdError LeaseExists { get; } = new(StatusCode.FailedPrecondition, "etcdserver: lease already exists");

    public static EtcdError LeaseTtlTooLarge { get; } = new(StatusCode.OutOfRange, "etcdserver: too large lease TTL");

    public static EtcdError WatchCanceled { get; } = new(StatusCode.Cancelled, "etcdserver: watch canceled");

    public static EtcdError MemberExists { get; } = new(StatusCode.FailedPrecondition, "etcdserver: member ID already exist");

    public static EtcdError PeerUrlExists { get; } = new(StatusCode.FailedPrecondition, "etcdserver: Peer URLs already exists");

    public static EtcdError MemberNotEnoughStarted { get; } = new(StatusCode.Unknown, "etcdserver: re-configuration failed due to not enough started members");

    public static EtcdError MemberBadUrls { get; } = new(StatusCode.InvalidArgument, "etcdserver: given member URLs are invalid");

    public static EtcdError MemberNotFound { get; } = new(StatusCode.NotFound, "etcdserver: member not found");

    public static EtcdError MemberNotLearner { get; } = new(StatusCode.FailedPrecondition, "etcdserver: can only promote a learner member");

    public static EtcdError LearnerNotReady { get; } = new(StatusCode.FailedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader");

    public static EtcdError TooManyLearners { get; } = new(StatusCode.FailedPrecondition, "etcdserver: too many learner members in cluster");

    public static EtcdError RequestTooLarge { get; } = new(StatusCode.InvalidArgument, "etcdserver: request is too large");

    public static EtcdError TooManyRequests { get; } = new(StatusCode.Unknown, "etcdserver: too many requests");

    public static EtcdError RootUserDoesNotExist { get; } = new(StatusCode.FailedPrecondition, "etcdserver: root user does not exist");

    public static EtcdError RootUserDoesNotHaveRootRole { get; } = new(StatusCode.FailedPrecondition, "etcdserver: root user does not have root role");

    public static EtcdError UserNameAlreadyExists { get; } = new(StatusCode.FailedPrecondition, "etcdserver: user name already exists");

    public static EtcdError UserNameNotFound { get; } = new(StatusCode.FailedPrecondition, "etcdserver: user name not found");

    public static EtcdError UserNameIsEmpty { get; } = new(StatusCode.InvalidArgument, "etcdserver: user name is empty");

    public static EtcdError RoleNameAlreadyExists { get; } = new(StatusCode.FailedPrecondition, "etcdserver: role name already exists");

    public static EtcdError RoleNameNotFound { get; } = new(StatusCode.FailedPrecondition, "etcdserver: role name not found");

    public static EtcdError RoleNameIsEmpty { get; } = new(StatusCode.InvalidArgument, "etcdserver: role name is empty");

    public static EtcdError AuthFailed { get; } = new(StatusCode.InvalidArgument, "etcdserver: authentication failed, invalid user ID or password");

    public static EtcdError PermissionNotGiven { get; } = new(StatusCode.InvalidArgument, "etcdserver: permission not given");

    public static EtcdError PermissionDenied { get; } = new(StatusCode.PermissionDenied, "etcdserver: permission denied");

    public static EtcdError RoleIsNotGrantedToTheUser { get; } = new(StatusCode.FailedPrecondition, "etcdserver: role is not granted to the user");

    public static EtcdError PermissionIsNotGrantedToTheRole { get; } = new(StatusCode.FailedPrecondition, "etcdserver: permission is not granted to the role");

    public static EtcdError AuthNotEnabled { get; } = new(StatusCode.FailedPrecondition, "etcdserver: authentication is not enabled");

    public static EtcdError InvalidAuthToken { get; } = new(StatusCode.Unauthenticated, "etcdserver: invalid auth token");

    public static EtcdError InvalidAuthManagement { get; } = new(StatusCode.InvalidArgument, "etcdserver: invalid auth management");

    public static EtcdError AuthOldRevision { get; } = new(StatusCode.InvalidArgument, "etcdserver: revision of auth store is old");

    public static EtcdError NoLeader { get; } = new(StatusCode.Unavailable, "etcdserver: no leader");

    public static EtcdError NotLeader { get; } = new(StatusCode.FailedPrecondition, "etcdserver: not leader");

    public static EtcdError LeaderChanged { get; } = new(StatusCode.Unavailable, "etcdserver: leader changed");

    public static EtcdError NotCapable { get; } = new(StatusCode.FailedPrecondition, "etcdserver: not capable");

    public static EtcdError Stopped { get; } = new(StatusCode.Unavailable, "etcdserver: server stopped");

    public static EtcdError Timeout { get; } = new(StatusCode.Unavailable, "etcdserver: request timed out");

    public static EtcdError TimeoutDueToLeaderFail { get; } = new(StatusCode.Unavailable, "etcdserver: request timed out, possibly due to previous leader failure");

    public static EtcdError TimeoutDueToConnectionLost { get; } = new(StatusCode.Unavailable, "etcdserver: request timed out, possibly due to connection lost");

    public static EtcdError TimeoutWaitAppliedIndex { get; } = new(StatusCode.Unavailable, "etcdserver: request timed out, waiting for the applied index took too long");

    public static EtcdError UnhealthyCluster { get; } = new(StatusCode.Unavailable, "etcdserver: unhealthy cluster");

    public static EtcdError Corrupt { get; } = new(StatusCode.DataLoss, "etcdserver: corrupt cluster");

    public static EtcdError NotSupportedForLearner { get; } = new(StatusCode.FailedPrecondition, "etcdserver: rpc not supported for learner");

    public static EtcdError BadLeaderTransferee { get; } = new(StatusCode.FailedPrecondition, "etcdserver: bad leader transferee");

    public static EtcdError WrongDowngradeVersionFormat { get; } = new(StatusCode.InvalidArgument, "etcdserver: wrong downgrade target version format");

    public static EtcdError InvalidDowngradeTargetVersion { get; } = new(StatusCode.InvalidArgument, "etcdserver: invalid downgrade target version");

    public static EtcdError ClusterVersionUnavailable { get; } = new(StatusCode.FailedPrecondition, "etcdserver: cluster version not found during downgrade");

    public static EtcdError DowngradeInProcess { get; } = new(StatusCode.FailedPrecondition, "etcdserver: cluster has a downgrade job in progress");

    public static EtcdError NoInflightDowngrade { get; } = new(StatusCode.FailedPrecondition, "etcdserver: no inflight downgrade job");

    public static EtcdError RequestCanceled { get; } = new(StatusCode.Cancelled, "etcdserver: request canceled");

    public static EtcdError ContextDeadlineExceeded { get; } = new(StatusCode.DeadlineExceeded, "context deadline exceeded");

    public static EtcdError TimeoutLeaderTransfer { get; } = new(StatusCode.Unknown, "etcdserver: request timed out, leader transfer took too long");

    public static EtcdError UnknownMethod { get; } = new(StatusCode.Unknown, "etcdserver: unknown method");

    public static EtcdError NoPasswordUser { get; } = new(StatusCode.Unknown, "auth: authentication failed, password was given for no password user");

    public static EtcdError RangeStreamSort { get; } = new(StatusCode.Unimplemented, "RangeStream does not support custom sort orders");

    public static EtcdError RangeStreamFilters { get; } = new(StatusCode.Unimplemented, "RangeStream does not support revision filters");

    public static EtcdError UnknownHealthService { get; } = new(StatusCode.NotFound, "unknown service");

    public static EtcdError WatcherRangeEmpty { get; } = new(StatusCode.Unknown, "mvcc: watcher range is empty");

    public static EtcdError WatcherDuplicateId { get; } = new(StatusCode.Unknown, "mvcc: duplicate watch ID provided on the WatchStream");
}
