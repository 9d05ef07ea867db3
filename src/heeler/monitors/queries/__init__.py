"""Parsers of monitor queries: text to plain data. Pure."""
