namespace Tenet.Client;

/// <summary>A key with its value and its history in numbers.</summary>
public sealed class KeyValue
{
    private readonly Protocol.Mvccpb.KeyValue _message;

    internal KeyValue(Protocol.Mvccpb.KeyValue message) => _message = message;

    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key => _message.Key.Memory;

    /// <summary>The value; empty if only keys were asked for, and for a deletion.</summary>
    public ReadOnlyMemory<byte> Value => _message.Value.Memory;

    /// <summary>The key, read as UTF-8.</summary>
    public string KeyText => _message.Key.ToStringUtf8();

    /// <summary>The value, read as UTF-8.</summary>
    public string ValueText => _message.Value.ToStringUtf8();

    /// <summary>The revision at which the key came into being.</summary>
    public long CreateRevision => _message.CreateRevision;

    /// <summary>The revision of its last change.</summary>
    public long ModRevision => _message.ModRevision;

    /// <summary>How many times it was written since it came into being.</summary>
    public long Version => _message.Version;

    /// <summary>The lease that it goes with; 0 for none.</summary>
    public long LeaseId => _message.Lease;

    internal static KeyValue? From(Protocol.Mvccpb.KeyValue? message) => message is null ? null : new KeyValue(message);

    internal static IReadOnlyList<KeyValue> From(IReadOnlyList<Protocol.Mvccpb.KeyValue> messages)
    {
        if (messages.Count == 0)
            return [];
        var items = new KeyValue[messages.Count];
        for (int i = 0; i < items.Length; i++)
            items[i] = new KeyValue(messages[i]);
        return items;
    }
}
