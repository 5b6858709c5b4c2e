using System.Text;
using Tenet.CommandLine;
using Tenet.Ctl.Output;

namespace Tenet.Ctl.Tests.Administration;

/// <summary>What a report looks like.</summary>
internal static class Printed
{
    public static string As(OutputFormat format, Report report, bool isHex = false)
    {
        using MemoryStream stream = new();
        new Display(format, isHex, new OutputWriter(stream)).Show(report);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
