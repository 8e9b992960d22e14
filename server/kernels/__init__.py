"""Compiled kernels: compiled once in a child process, kept in a cache folder, loaded at each start."""
