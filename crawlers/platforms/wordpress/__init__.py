"""The REST interface of WordPress sites."""
