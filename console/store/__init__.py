"""The one truth: everything that must outlive the process, in SQLite."""
