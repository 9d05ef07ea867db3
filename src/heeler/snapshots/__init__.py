"""Snapshots: pictures of graphs at a given time, stored, linked and mailed."""
