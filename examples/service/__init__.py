"""A FastAPI service that answers at once, and a trio program that has the same receivers."""
