"""Comments on YouTube, by its keyed interface."""
