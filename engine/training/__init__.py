"""Experiments and their training: kernels, trainer, pruning. Imports numerics, text, data, nn and optim."""
