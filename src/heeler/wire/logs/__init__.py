"""Wire formats of logs."""
