"""The component ``collector``: runs checks and sends what they submit."""

from heeler.agent.collector.collector import Collector, main

__all__ = ["Collector", "main"]
