"""Headless life: accounts that listen, an outbox that empties, and the use cases of the desk."""
