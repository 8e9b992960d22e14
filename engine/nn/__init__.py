"""Define a network: activations, losses, initial weights, forward and backward pass, boundary.

May import numerics, text and data.
"""
