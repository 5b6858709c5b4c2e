return Tenet.Simulation.Runner.Main(args);
