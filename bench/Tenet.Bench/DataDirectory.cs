namespace Tenet.Bench;

/// <summary>Where servers keep their data while they are measured.</summary>
internal static class DataDirectory
{
    /// <summary>The path of a directory that does not exist yet; its parent does.</summary>
    public static string Fresh(string parent, string name)
    {
        string path = Path.Combine(parent, name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        Directory.CreateDirectory(parent);
        return path;
    }
}
