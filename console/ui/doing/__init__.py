"""What the commands do: each module owns one part of the desk's screen and its `do_` methods."""
