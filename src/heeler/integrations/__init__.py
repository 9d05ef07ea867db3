"""Integrations page: which integrations send data here, detected from that data."""
