"""A task queue: what becomes of a task is signalled, and a dispatcher's workers do the work."""
