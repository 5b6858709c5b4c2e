using System.IO.Compression;
using System.Text;
using Tenet.App.CommandLine;
using Tenet.App.Logging;

namespace Tenet.App.Tests;

public sealed class LogRotationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tenet-rotation-").FullName;
    private readonly SetClock _clock = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_full_file_gives_way_to_a_new_one_named_for_the_moment()
    {
        using RotatingFile file = Open(new(10, 0, 0, false, false));
        Write(file, "12345\n");
        Write(file, "789\n");
        Write(file, "next\n");
        Assert.Equal("next\n", File.ReadAllText(Path.Combine(_directory, "etcd.log")));
        Assert.Equal("12345\n789\n", File.ReadAllText(Path.Combine(_directory, "etcd-2026-11-22T06-25-39.759.log")));
    }

    [Fact]
    public void What_was_there_before_is_appended_to_and_counts()
    {
        File.WriteAllText(Path.Combine(_directory, "etcd.log"), "123456789");
        using RotatingFile file = Open(new(10, 0, 0, false, false));
        Write(file, "ab");
        Assert.Equal("ab", File.ReadAllText(Path.Combine(_directory, "etcd.log")));
    }

    [Fact]
    public async Task Old_files_go_by_number_and_by_age_and_foreign_ones_stay()
    {
        File.WriteAllText(Path.Combine(_directory, "etcd-2026-10-01T00-00-00.000.log"), "old");
        File.WriteAllText(Path.Combine(_directory, "etcd-notes.log"), "mine");
        using RotatingFile file = Open(new(1, 7, 2, false, false));
        for (int i = 0; i < 5; i++)
        {
            Write(file, $"{i}");
            _clock.Now += TimeSpan.FromSeconds(1);
        }
        await file.Tidied;
        Assert.Equal(
            ["etcd-2026-11-22T06-25-42.759.log", "etcd-2026-11-22T06-25-43.759.log", "etcd-notes.log", "etcd.log"],
            Directory.GetFiles(_directory).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Old_files_are_compressed_if_asked_for()
    {
        using RotatingFile file = Open(new(5, 0, 0, false, true));
        Write(file, "first");
        Write(file, "other");
        await file.Tidied;
        await using GZipStream packed = new(File.OpenRead(Path.Combine(_directory, "etcd-2026-11-22T06-25-39.759.log.gz")), CompressionMode.Decompress);
        using StreamReader text = new(packed);
        Assert.Equal("first", await text.ReadToEndAsync());
        Assert.False(File.Exists(Path.Combine(_directory, "etcd-2026-11-22T06-25-39.759.log")));
    }

    [Fact]
    public void The_configuration_is_etcds_json()
    {
        Assert.Equal(new LogRotation(100 << 20, 0, 0, false, false), LogRotation.Parse("{}"));
        Assert.Equal(new LogRotation(5 << 20, 3, 2, true, true), LogRotation.Parse("""{"maxsize": 5, "MaxAge": 3, "maxbackups": 2, "localtime": true, "compress": true}"""));
    }

    [Theory]
    [InlineData("{", "improperly formatted log rotation config: unexpected end of JSON input")]
    [InlineData("""{"maxsize":true}""", "invalid log rotation config: json: cannot unmarshal bool into Go struct field logRotationConfig.Logger.maxsize of type int")]
    [InlineData("""{"compress":"yes"}""", "invalid log rotation config: json: cannot unmarshal string into Go struct field logRotationConfig.Logger.compress of type bool")]
    [InlineData("""{"maxsiez":1}""", "unknown key \"maxsiez\" in log rotation config (did you mean maxsize?)")]
    public void A_malformed_configuration_is_refused(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<FlagsRefusedException>(() => LogRotation.Parse(text)).Message);

    private static void Write(RotatingFile file, string text)
    {
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush();
    }

    private RotatingFile Open(LogRotation rotation) => new(Path.Combine(_directory, "etcd.log"), rotation, _clock);

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 6, 25, 39, 759, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
