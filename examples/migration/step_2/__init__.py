"""The shop with typed keywords: the declarations have changed, and nothing else."""
