"""Greenroom's console: the desk, its store, its engine and its face."""
