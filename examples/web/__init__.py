"""A web app that answers at once, and sends its receipts in the background."""
