Console.Error.WriteLine("Error: no command is served yet");
return 1;
