"""Everything that shows that Greenroom does what it says."""
