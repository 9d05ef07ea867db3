"""Metrics: queries, catalog, metadata, and tag configurations."""
