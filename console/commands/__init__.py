"""The commands of the shell, one module a group; each is imported when it is called."""
