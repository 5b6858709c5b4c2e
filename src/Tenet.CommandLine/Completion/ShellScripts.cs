namespace Tenet.CommandLine;

/// <summary>Scripts that hand the words typed so far to the tool and offer what it answers.</summary>
internal static class ShellScripts
{
    public static string For(string shell, string tool) => (shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => PowerShell,
    }).Replace("TOOL", tool, StringComparison.Ordinal);

    private const string Bash = """
        # bash completion for TOOL
        __TOOL_complete() {
            local answer line words=("${COMP_WORDS[@]:1:COMP_CWORD}")
            answer=$("${COMP_WORDS[0]}" __completeNoDesc "${words[@]}" 2>/dev/null) || return
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                    :0) compopt -o default ;;
                    :*) ;;
                    *) COMPREPLY+=("$line") ;;
                esac
            done <<<"$answer"
        }
        complete -F __TOOL_complete TOOL

        """;

    private const string Zsh = """
        #compdef TOOL
        # zsh completion for TOOL
        _TOOL() {
            local answer line
            local -a offers
            answer=$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null) || return
            while IFS= read -r line; do
                case $line in
                    :0) _files ;;
                    :*) ;;
                    *) offers+=("${${line//:/\\:}/$'\t'/:}") ;;
                esac
            done <<<"$answer"
            (( ${#offers} )) && _describe TOOL offers
        }
        if [ "$funcstack[1]" = "_TOOL" ]; then
            _TOOL "$@"
        else
            compdef _TOOL TOOL
        fi

        """;

    private const string Fish = """
        # fish completion for TOOL
        function __TOOL_complete
            set -l words (commandline -opc)
            set -l last (commandline -ct)
            $words[1] __complete $words[2..-1] "$last" 2>/dev/null | string match -v -r '^:[0-9]+$'
        end
        complete -c TOOL -a '(__TOOL_complete)'

        """;

    private const string PowerShell = """
        # PowerShell completion for TOOL
        Register-ArgumentCompleter -Native -CommandName 'TOOL' -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
            if ($wordToComplete -eq '') { $words += '""' }
            & $commandAst.CommandElements[0].Value __complete @words 2>$null | Where-Object { $_ -notmatch '^:\d+$' } | ForEach-Object {
                $word, $summary = $_ -split "`t", 2
                if (-not $summary) { $summary = $word }
                [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $summary)
            }
        }

        """;
}
