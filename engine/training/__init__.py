"""Experiments and their training: kernels, trainer, checkpoints, pruning. Imports numerics, text, data, nn and optim."""
