"""The face: what a person sees and presses. It reads through the engine and draws; no more."""
