"""isso, a comment server for web sites."""
