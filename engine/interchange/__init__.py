"""Links, model files and exported scripts. Imports every other room of the engine."""
