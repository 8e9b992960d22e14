"""Messages for readers, and the checks that produce them. Imports numerics."""
