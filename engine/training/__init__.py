"""Experiments and how they run: kernels, trainer, checkpoints, pruning. Imports every room above it."""
