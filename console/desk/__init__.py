"""The work itself, pure: no I/O, no clock, no screen."""
