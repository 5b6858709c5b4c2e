using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Tenet.Tests;

namespace Tenet.Samples.Tests.Documents;

/// <summary>What the documents show in C# compiles against today's libraries.</summary>
public sealed class DocumentTests
{
    private const string Fence = "```";

    private static readonly MetadataReference[] _libraries =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];

    [Theory]
    [InlineData("README.md", 1)]
    [InlineData("docs/client-guide.md", 8)]
    [InlineData("docs/embedding.md", 3)]
    [InlineData("src/Tenet.Client/README.md", 4)]
    [InlineData("src/Tenet.Hosting/README.md", 1)]
    [InlineData("src/Tenet.Proxy/README.md", 1)]
    public void Its_csharp_compiles(string document, int snippets)
    {
        string[] found = [.. Snippets(File.ReadAllLines(Path.Combine(SourceTree.Root, document)))];
        Assert.Equal(snippets, found.Length);
        foreach (string snippet in found)
            Assert.Empty(Errors(snippet));
    }

    [Fact]
    public void A_snippet_that_names_what_there_is_not_is_noticed() =>
        Assert.Contains(Errors("await client.Kv.ForgetAsync(\"greeting\");"), static error => error.Contains("'ForgetAsync'", StringComparison.Ordinal));

    private static IEnumerable<string> Snippets(string[] lines)
    {
        for (int begin = Array.IndexOf(lines, Fence + "csharp"); begin >= 0; begin = Array.IndexOf(lines, Fence + "csharp", begin))
        {
            int end = Array.IndexOf(lines, Fence, begin);
            yield return string.Join('\n', lines[(begin + 1)..end]);
            begin = end;
        }
    }

    private static string[] Errors(string snippet)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(Around(snippet))],
            _libraries,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(static found => found.Severity == DiagnosticSeverity.Error).Select(found => $"{found.GetMessage()}\n{snippet}")];
    }

    /// <summary>What a reader has around it: the namespaces, and what the texts leave to him.</summary>
    private static string Around(string snippet) => $$"""
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Net.Security;
        using System.Security.Cryptography.X509Certificates;
        using System.Threading;
        using System.Threading.Tasks;
        using Google.Protobuf;
        using Microsoft.Extensions.Configuration;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Tenet.Client;
        using Tenet.Client.Calls;
        using Tenet.Client.Calls.Methods;
        using Tenet.Hosting;
        using Tenet.Hosting.Services;
        using Tenet.Hosting.Testing;
        using Tenet.Protocol.Etcdserverpb;
        using Tenet.Proxy;

        internal abstract class Reader(
            string password, X509Certificate2 certificate, IHostApplicationBuilder builder, IServiceCollection services, TenetClient client, KeyRange prefix, CancellationToken stop)
        {
            protected abstract void Replace(IReadOnlyList<KeyValue> items);

            protected abstract void Apply(IReadOnlyList<WatchEvent> events);

            protected abstract Task RunUntilAsync(CancellationToken lost);

            protected abstract Task LeadAsync(CancellationToken lost);

            protected abstract Task WorkAsync(long fencingRevision, CancellationToken lost);

            public async Task ReadAsync()
            {
                {{snippet}}
            }
        }
        """;
}
