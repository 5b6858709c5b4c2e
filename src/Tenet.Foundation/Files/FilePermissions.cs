namespace Tenet.Foundation.Files;

/// <summary>Permission bits for files that a member creates.</summary>
public static class FilePermissions
{
    /// <summary>0600: the owner reads and writes.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0666, less the process mask.</summary>
    public const UnixFileMode Shared = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>0700: a directory of the owner.</summary>
    public const UnixFileMode PrivateDirectory = Private | UnixFileMode.UserExecute;
}
