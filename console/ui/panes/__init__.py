"""The panes of the desk: each draws what it is given."""
