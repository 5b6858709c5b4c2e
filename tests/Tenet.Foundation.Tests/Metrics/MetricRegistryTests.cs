using System.Buffers;
using System.Text;
using Tenet.Foundation.Metrics;

namespace Tenet.Foundation.Tests.Metrics;

public class MetricRegistryTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void The_page_lists_families_by_name_and_series_by_label_values()
    {
        MetricFamily<Counter> handled = _registry.Counters("b_total", "Calls.", "zone", "code");
        _registry.Gauge("a", "First.").Set(1.5);
        handled.With("north", "OK").Increment();
        handled.With("south", "Internal").Add(3);
        handled.With("north", "Internal").Add(2);
        _registry.Counter("c_total", "").Increment();

        Assert.Equal(
            """
            # HELP a First.
            # TYPE a gauge
            a 1.5
            # HELP b_total Calls.
            # TYPE b_total counter
            b_total{code="Internal",zone="north"} 2
            b_total{code="Internal",zone="south"} 3
            b_total{code="OK",zone="north"} 1
            # HELP c_total 
            # TYPE c_total counter
            c_total 1

            """,
            Page());
    }

    [Fact]
    public void A_family_without_series_is_not_on_the_page()
    {
        _registry.Counters("unused_total", "Never.", "label");
        Assert.Equal("", Page());
    }

    [Fact]
    public void Help_and_label_values_are_escaped()
    {
        _registry.Gauges("g", "back\\slash and\nline", "label").With("a\"b\\c\nd").Set(0);
        Assert.Equal("# HELP g back\\\\slash and\\nline\n# TYPE g gauge\ng{label=\"a\\\"b\\\\c\\nd\"} 0\n", Page());
    }

    [Fact]
    public void Histogram_buckets_are_cumulative_inclusive_and_end_with_infinity()
    {
        MetricFamily<Histogram> family = _registry.Histograms("h", "H.", Histogram.ExponentialBounds(0.001, 2, 3), "op");
        foreach (double value in new[] { 0.001, 0.0015, 0.003, 7 })
            family.With("Put").Observe(value);

        Assert.Equal(
            """
            # HELP h H.
            # TYPE h histogram
            h_bucket{op="Put",le="0.001"} 1
            h_bucket{op="Put",le="0.002"} 2
            h_bucket{op="Put",le="0.004"} 3
            h_bucket{op="Put",le="+Inf"} 4
            h_sum{op="Put"} 7.0055
            h_count{op="Put"} 4

            """,
            Page());
    }

    [Fact]
    public void Callbacks_are_read_when_the_page_is_written()
    {
        double value = 1;
        _registry.Gauge("g", "", () => value);
        value = 2;
        Assert.Contains("\ng 2\n", Page(), StringComparison.Ordinal);
        value = 3;
        Assert.Contains("\ng 3\n", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_can_be_registered_once()
    {
        _registry.Counter("twice_total", "");
        Assert.Throws<InvariantException>(() => _registry.Gauge("twice_total", ""));
    }

    [Fact]
    public void No_increment_is_lost_between_threads()
    {
        Counter counter = _registry.Counter("c_total", "");
        Gauge gauge = _registry.Gauge("g", "");
        Histogram histogram = _registry.Histogram("h", "", [1]);
        MetricFamily<Counter> family = _registry.Counters("f_total", "", "n");
        Parallel.For(0, 8, worker =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                counter.Increment();
                gauge.Add(1);
                histogram.Observe(2);
                family.With((i % 50).ToString(System.Globalization.CultureInfo.InvariantCulture)).Increment();
            }
        });

        Assert.Equal(80_000, counter.Value);
        Assert.Equal(80_000, gauge.Value);
        Assert.Equal(80_000, histogram.Count);
        Assert.Equal(160_000, histogram.Sum);
        Assert.Equal(1_600, family.With("49").Value);
    }

    [Fact]
    public void A_meter_shows_what_the_page_shows()
    {
        _registry.Counter("c", "h").Add(3);
        _registry.Gauges("g", "h", "Name", "At").With("n", "x").Set(2);
        Histogram early = _registry.Histogram("early", "h", [1, 2]);
        using System.Diagnostics.Metrics.Meter meter = new("under test");
        _registry.PublishTo(meter);
        MetricFamily<Histogram> late = _registry.Histograms("late", "h", [1, 2], "kind");
        List<string> seen = [];
        using System.Diagnostics.Metrics.MeterListener listener = new();
        listener.InstrumentPublished = (instrument, hears) =>
        {
            if (instrument.Meter == meter)
                hears.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            seen.Add($"{instrument.Name}[{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}] {value}"));
        early.Observe(0.5);
        listener.Start();
        early.Observe(1.5);
        late.With("k").Observe(7);
        listener.RecordObservableInstruments();
        Assert.Equal(["c[] 3", "early[] 1.5", "g[At=x,Name=n] 2", "late[kind=k] 7"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Process_metrics_are_plausible()
    {
        ProcessMetrics.Register(_registry);
        string page = Page();
        Assert.Equal(9, page.Split('\n').Count(line => line.StartsWith("# TYPE process_", StringComparison.Ordinal)));
        Assert.InRange(ProcessMetrics.OpenFiles(), 3, ProcessMetrics.OpenFilesMax());
    }

    // Expected texts: strconv's shortest 'g' form, as seen on real pages.
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1, "1")]
    [InlineData(-1, "-1")]
    [InlineData(999999, "999999")]
    [InlineData(1000000, "1e+06")]
    [InlineData(1234567, "1.234567e+06")]
    [InlineData(1572864, "1.572864e+06")]
    [InlineData(-20000000, "-2e+07")]
    [InlineData(1.7e+18, "1.7e+18")]
    [InlineData(1.8446744073709552e+19, "1.8446744073709552e+19")]
    [InlineData(1e100, "1e+100")]
    [InlineData(0.5, "0.5")]
    [InlineData(100.25, "100.25")]
    [InlineData(123456.5, "123456.5")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012, "0.00012")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(0.000012345, "1.2345e-05")]
    [InlineData(3.2768, "3.2768")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Numbers_look_as_the_go_client_prints_them(double value, string expected) => Assert.Equal(expected, GoFloat.Format(value));

    [Theory]
    [InlineData(-0.5, "-0.5")]
    [InlineData(999999.5, "999999.5")]
    [InlineData(1000000.5, "1.0000005e+06")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(-0.00012345678901234567, "-0.00012345678901234567")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(-double.MaxValue, "-1.7976931348623157e+308")]
    [InlineData(1e15, "1e+15")]
    public void Long_numbers_and_negative_ones_too(double value, string expected) => Assert.Equal(expected, GoFloat.Format(value));

    [Fact]
    public void A_page_that_is_written_again_makes_next_to_no_garbage()
    {
        double[] bounds = Histogram.ExponentialBounds(0.0001, 2, 20);
        for (int family = 0; family < 20; family++)
        {
            MetricFamily<Histogram> histograms = _registry.Histograms($"h{family}_seconds", "Times.", bounds, "method", "code");
            for (int series = 0; series < 10; series++)
                histograms.With($"method{series}", "OK").Observe(series * 0.0123);
        }

        _registry.Gauge("g", "Read.", static () => 1234567.25);
        var output = new ArrayBufferWriter<byte>(4 << 20);
        _registry.WriteText(output);
        int length = output.WrittenCount;
        Assert.True(length > 250_000);
        output.ResetWrittenCount();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _registry.WriteText(output);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal(length, output.WrittenCount);
    }

    private string Page()
    {
        var output = new ArrayBufferWriter<byte>();
        _registry.WriteText(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
