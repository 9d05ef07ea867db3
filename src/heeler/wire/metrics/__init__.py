"""Wire formats of metrics: points, sketches and distributions."""
