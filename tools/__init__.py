"""Commands for people who work on Daymark; nothing here is imported by the application."""
