return await Tenet.App.Launcher.RunAsync(args);
