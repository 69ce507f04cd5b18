"""How many instructions a send takes, counted by valgrind: a guard that says the same each time."""
