"""Explorers of logs, spans and events: facets, patterns, saved views."""
