using System.Globalization;
using Tenet.Interop.Tests.Processes;

namespace Tenet.Interop.Tests.Clusters;

/// <summary>A file system in memory of a given size, mounted on a directory: a disk that can be full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    private string Filler => Path.Combine(_path, "filler");

    public static async Task<SmallDisk> MountAsync(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        ToolResult mounted = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", path]);
        return mounted.ExitCode == 0 ? new SmallDisk(path) : throw new InvalidOperationException(mounted.Errors);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using FileStream filler = new(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 1 << 20; size > 0; size /= 2)
        {
            byte[] block = new byte[size];
            try
            {
                while (true)
                    filler.Write(block);
            }
            catch (IOException)
            {
                // No room for a block of this size; perhaps for a smaller one.
            }
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        ToolResult gone = await Tool.RunAsync("umount", [_path]);
        Assert.True(gone.ExitCode == 0, gone.Errors);
    }
}

/// <summary>A test that needs real etcd and may mount file systems.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> MountMissing = new(() =>
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal))
            return "needs a small disk, and only root may mount one";
        using Scratch scratch = new();
        try
        {
            Task.Run(async () => await (await SmallDisk.MountAsync(scratch["disk"], 1)).DisposeAsync()).GetAwaiter().GetResult();
            return null;
        }
        catch (InvalidOperationException refused)
        {
            return $"needs a small disk, and mounting one is refused: {refused.Message.Trim()}";
        }
    });

    public SmallDiskFactAttribute() => Skip = Binaries.Missing() ?? MountMissing.Value;
}
