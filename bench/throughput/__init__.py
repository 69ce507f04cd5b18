"""What an event costs from its posting to the end of its receiver, beside the plainest code."""
