"""Shared parts of the HTTP API: authentication guards, permissions, errors, limits, services."""
