using Tenet.CommandLine;
using Tenet.Ctl;

return await CommandTree.Create().RunAsync(RawArguments.OfProcess(args), CommandConsole.OfProcess());
