"""The shop on the drop-in: the import has changed, and nothing else."""
