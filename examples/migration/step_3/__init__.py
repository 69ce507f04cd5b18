"""The shop with payloads as objects where that is liked better; all three kinds side by side."""
