"""Things we say often: read from TOML, checked when loaded, filled with Liquid."""
