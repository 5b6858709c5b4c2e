namespace Tenet.Rpc.Gateway.Json;

/// <summary>A body that is not the JSON form of the message it should be. The text is what the caller is told, worded as Go words it.</summary>
internal sealed class JsonRefusedException(string message) : Exception(message);
