"""Rendering of graphs: plain data in, SVG out; PNG in a worker process."""
