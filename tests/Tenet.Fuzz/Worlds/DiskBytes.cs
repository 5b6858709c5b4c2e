using Tenet.Foundation.Files;

namespace Tenet.Fuzz.Worlds;

/// <summary>Whole files as bytes.</summary>
internal static class DiskBytes
{
    public static byte[] ReadFile(this IFileSystem disk, string path)
    {
        using IFile file = disk.Open(path, FileOpenMode.Existing, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    public static void WriteFile(this IFileSystem disk, string path, ReadOnlySpan<byte> bytes)
    {
        using IFile file = disk.Open(path, FileOpenMode.Truncate, FileAccess.ReadWrite);
        file.Write(bytes, 0);
    }
}
