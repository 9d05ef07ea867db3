"""Error tracking: groups errors of spans and logs into issues."""
