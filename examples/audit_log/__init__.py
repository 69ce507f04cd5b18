"""An audit log of a real database: an entry for all that was committed, and for nothing else."""
