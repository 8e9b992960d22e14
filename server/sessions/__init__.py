"""One learner: the run, the commands that change it, the loop that trains it and sends frames."""
