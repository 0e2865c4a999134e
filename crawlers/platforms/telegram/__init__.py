"""The public web preview of Telegram channels."""
