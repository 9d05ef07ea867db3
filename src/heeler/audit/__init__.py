"""Audit trail: records changes to the configuration and logins, and makes them searchable."""
