"""VK, by its keyed interface."""
