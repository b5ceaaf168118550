"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# A busy machine, or the first import of a library, makes one example slow; that is no failure.
settings.register_profile("greenroom", deadline=None)
settings.load_profile("greenroom")
