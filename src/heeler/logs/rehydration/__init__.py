"""Rehydration: logs are read back from an archive into a historical view."""
