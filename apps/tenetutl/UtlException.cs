namespace Tenet.Utl;

/// <summary>A command cannot do what it was asked to; the message is for whoever typed it, in etcdutl's words where it has them.</summary>
internal sealed class UtlException(string message, Exception? cause = null) : Exception(message, cause);
