"""Testing what is sent and what receives it: patterns to copy, each a short test."""
