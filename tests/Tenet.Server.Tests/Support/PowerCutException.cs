namespace Tenet.Server.Tests.Support;

internal sealed class PowerCutException : Exception;
