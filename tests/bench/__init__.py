"""How fast it is: a desk of 100,000 threads, a real terminal, and ratios against a bare one."""
