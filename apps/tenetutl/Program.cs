using Tenet.CommandLine;
using Tenet.Foundation.Files;
using Tenet.Utl.Commands;

return await CommandTree.Create(OsFileSystem.Instance).RunAsync(RawArguments.OfProcess(args), CommandConsole.OfProcess());
