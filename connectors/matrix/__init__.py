"""Matrix: rooms in the open, and direct rooms."""
