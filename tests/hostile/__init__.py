"""Texts from strangers that want more than to be read."""
