using Microsoft.Extensions.Options;

namespace Tenet.Client;

/// <summary>Lets the options validate themselves, without reflection.</summary>
internal sealed class TenetClientOptionsValidator : IValidateOptions<TenetClientOptions>
{
    public ValidateOptionsResult Validate(string? name, TenetClientOptions options)
    {
        string[] problems = [.. options.Problems()];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
