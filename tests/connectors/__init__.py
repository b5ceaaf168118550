"""The connectors, each against its own network."""
