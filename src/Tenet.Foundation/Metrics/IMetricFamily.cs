namespace Tenet.Foundation.Metrics;

/// <summary>A family as the registry sees it.</summary>
internal interface IMetricFamily
{
    /// <summary>Writes the header and all samples; nothing at all while there is no series.</summary>
    void WriteText(ref ExpositionWriter writer);

    /// <summary>Makes the family an instrument of a meter as well.</summary>
    void Publish(System.Diagnostics.Metrics.Meter meter);
}
