"""Query engines of metrics and of the search language, with their shared limits and thread pool."""
