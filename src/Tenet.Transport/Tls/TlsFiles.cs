namespace Tenet.Transport.Tls;

/// <summary>Reads small files, and says in Go's words why one cannot be read.</summary>
internal static class TlsFiles
{
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"open {path}: no such file or directory", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException($"open {path}: {(Directory.Exists(path) ? "is a directory" : "permission denied")}", failure);
        }
    }
}
