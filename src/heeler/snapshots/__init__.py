"""Pictures of graphs at a moment: stored, linked, mailed."""
