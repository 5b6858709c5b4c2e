using System.Text;

namespace Tenet.Raft.Tests.DataDriven;

/// <summary>Collects the output of one command, the core's lines included. At level None it collects nothing.</summary>
internal sealed class OutputLog : IRaftLog
{
    public static readonly string[] LevelNames = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"];

    private StringBuilder _text = new();

    public int Level { get; set; }

    public bool IsQuiet => Level == LevelNames.Length - 1;

    public int Length => _text.Length;

    public void Clear() => _text.Clear();

    public void Write(string text)
    {
        if (!IsQuiet)
            _text.Append(text);
    }

    public void Write(RaftLogLevel level, string line)
    {
        if (Level <= (int)level)
            Write($"{LevelNames[(int)level]} {line}\n");
    }

    /// <summary>Runs the action with everything it writes indented by two blanks.</summary>
    public void Indented(Action action)
    {
        StringBuilder outer = _text;
        _text = new StringBuilder();
        try
        {
            action();
        }
        finally
        {
            string inner = _text.ToString();
            _text = outer;
            if (inner.Length > 0)
            {
                foreach (string line in (inner.EndsWith('\n') ? inner[..^1] : inner).Split('\n'))
                    Write($"  {line}\n");
            }
        }
    }

    public override string ToString() => _text.ToString();
}
