"""Monitor queries: text to plain data. Pure."""
