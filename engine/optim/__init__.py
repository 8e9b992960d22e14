"""Update parameters: optimizers, penalties, learning rate schedules. May import numerics and text."""
