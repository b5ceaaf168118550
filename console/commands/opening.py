"""Opens the console: on this machine's desk, or on the demo shop in a folder that goes away."""

from __future__ import annotations
