"""Log pipelines: processors, grok parser, and preset pipelines."""
