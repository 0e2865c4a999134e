"""Bluesky, by the public HTTP interface of the AT Protocol."""
