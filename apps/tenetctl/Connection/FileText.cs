namespace Tenet.Ctl.Connection;

/// <summary>What went wrong with a file, in the words of etcd's tools.</summary>
internal static class FileText
{
    public static string Problem(Exception exception) => exception switch
    {
        FileNotFoundException { FileName: { } name } => $"open {name}: no such file or directory",
        DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "permission denied",
        _ => exception.Message,
    };
}
