"""X, by its keyed and paid interface."""
