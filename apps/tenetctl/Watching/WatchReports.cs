using Tenet.Ctl.Output;
using Tenet.Protocol.Etcdserverpb;
using Tenet.Protocol.Mvccpb;

namespace Tenet.Ctl.Watching;

/// <summary>What a watch brings, in every format.</summary>
internal static class WatchReports
{
    public static Report News(WatchNews news) => new()
    {
        Simple = writer =>
        {
            foreach (Event one in news.Events)
            {
                writer.Line(Name(one.Type));
                if (one.PrevKv is { } previous)
                    writer.Pair(previous);
                writer.Pair(one.Kv);
            }
        },
        Fields = writer =>
        {
            writer.Header(news.Header);
            foreach (Event one in news.Events)
            {
                writer.Value("Type", Name(one.Type));
                if (one.PrevKv is { } previous)
                    writer.Pair("Prev", previous);
                writer.Pair("", one.Kv);
            }
        },
        Message = new WatchResponse
        {
            Header = news.Header,
            Events = { news.Events },
            CompactRevision = news.CompactRevision,
            Canceled = news.Canceled,
        },
        Json = json =>
        {
            json.BeginObject().Name("Header");
            if (news.Header is { } header)
                GoJson.Write(json, header);
            else
                json.Null();
            json.Name("Events");
            // What is only an error has no list, not even an empty one.
            if (news.Header is null)
                json.Null();
            else
            {
                json.BeginArray();
                foreach (Event one in news.Events)
                    GoJson.Write(json, one);
                json.EndArray();
            }
            json.Name("CompactRevision").Number(news.CompactRevision).Name("Canceled").Truth(news.Canceled).Name("Created").Truth(false);
            json.Name("CancelReason").Text(news.CancelReason).EndObject();
        },
    };

    public static string Name(Event.Types.EventType type) => type == Event.Types.EventType.Put ? "PUT" : "DELETE";
}
