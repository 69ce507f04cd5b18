"""The shop as it was: on blinker."""
