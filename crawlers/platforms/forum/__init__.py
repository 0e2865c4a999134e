"""Web forums, read by selectors."""
