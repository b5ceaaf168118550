"""One suite that every connector must pass, whatever its network."""
