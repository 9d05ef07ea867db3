"""Wire formats of events, service checks and host metadata."""
