"""How a run leaves and enters: links, model files, exported scripts. Imports every other room of the engine."""
