"""Reddit, by its keyed interface or its feeds."""
