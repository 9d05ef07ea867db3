"""Integrations: what sends here, told from the data that came."""
