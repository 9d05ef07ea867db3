"""Aggregation of samples from checks and DogStatsD clients into series."""
