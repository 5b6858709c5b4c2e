using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;

namespace Tenet.Ctl.Keys;

/// <summary>Results of commands on keys.</summary>
internal static class KeyReports
{
    public static Report Put(PutResponse response) => new()
    {
        Message = response,
        Simple = writer => Put(writer, response),
        Fields = writer => Put(writer, response),
    };

    private static void Put(SimpleWriter writer, PutResponse response)
    {
        writer.Line("OK");
        if (response.PrevKv is { } previous)
            writer.Pair(previous);
    }

    private static void Put(FieldsWriter writer, PutResponse response)
    {
        writer.Header(response.Header);
        if (response.PrevKv is { } previous)
            writer.Pair("Prev", previous);
    }
}
