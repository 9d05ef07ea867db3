"""Engine of the metrics query language: parser, planner, fetch, evaluation, caches."""
