"""Feeds declared signals with the git history of a repository: real input for Aldis."""
