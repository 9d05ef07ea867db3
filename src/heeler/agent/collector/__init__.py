"""Component ``collector``: runs checks and sends the metrics that they submit."""

from heeler.agent.collector.collector import Collector, main

__all__ = ["Collector", "main"]
