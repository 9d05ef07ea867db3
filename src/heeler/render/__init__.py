"""Graphs as pictures: plain data in, SVG text out, PNG by a worker process."""
