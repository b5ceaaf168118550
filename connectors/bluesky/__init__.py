"""Bluesky: posts that name us or answer us in the open, and its chat in private."""
