"""Sitemaps and news sitemaps."""
