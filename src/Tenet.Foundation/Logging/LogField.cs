namespace Tenet.Foundation.Logging;

/// <summary>
/// One named value of a log line. Values are strings, numbers, booleans, <see cref="TimeSpan"/> (written the way Go writes durations),
/// <see cref="DateTimeOffset"/>, lists of strings, or an exception (its message is written).
/// </summary>
/// <param name="Name">The key, in etcd's spelling (<c>local-member-id</c>).</param>
/// <param name="Value">The value.</param>
public readonly record struct LogField(string Name, object? Value);
