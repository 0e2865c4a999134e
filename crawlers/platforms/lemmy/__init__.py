"""Lemmy communities."""
