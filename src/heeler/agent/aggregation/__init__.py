"""Samples to series: what checks and DogStatsD clients submit, reduced to what is sent."""
