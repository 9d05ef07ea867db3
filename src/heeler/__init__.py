"""Heeler: a self-hosted observability platform that speaks Datadog's own protocols."""

__version__ = "0.1.0"
