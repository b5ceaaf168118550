"""Bluesky without a server: its wire, its names, and what it counts."""
