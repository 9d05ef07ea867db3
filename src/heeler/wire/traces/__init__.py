"""Wire formats of traces and trace statistics, and their processing."""
