"""A network in memory: the demo shop, and the partner of tests."""
