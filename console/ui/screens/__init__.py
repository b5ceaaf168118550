"""The screens over the desk: each takes data and callables, and answers."""
