"""Normalizes, obfuscates and counts OTLP spans at the server, by the rules of the agent."""

from __future__ import annotations

from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import mark_top_level, normalize_chunk, truncate
from heeler.wire.traces.obfuscation import obfuscate
from heeler.wire.traces.otlp import OtlpTraces
from heeler.wire.traces.spans import AgentTraces


def process(received: OtlpTraces, hostname: str, env: str, now: int) -> tuple[AgentTraces, StatsOfAgent]:
    """Normalize, obfuscate and count the spans of a request, in place; returns what to store, and its
    statistics.

    ``hostname`` and ``env`` are defaults for resources without them; ``now`` is nanoseconds since 1970. Spans
    of one request are counted in buckets of ten seconds by their end, independently of other requests for the
    same bucket: rows of statistics are summed. A payload whose sender counted its spans is not counted again.
    """
    counted = Concentrator(hostname, env, now, oldest=0)
    for payload, has_stats in zip(received.payloads, received.stats_computed, strict=True):
        payload.env = payload.env or env
        payload.hostname = payload.hostname or hostname
        good = []
        for chunk in payload.chunks:
            normalize_chunk(chunk, payload.language, now)
            for span in chunk.spans:
                obfuscate(span)
                truncate(span)
            mark_top_level(chunk.spans)
            if not has_stats:
                counted.add(payload, chunk)
            if chunk.priority >= 0:
                good.append(chunk)
        payload.chunks = good
    stats = StatsOfAgent(hostname, env, "", counted.flush(now, everything=True))
    return AgentTraces(hostname, env, "", [one for one in received.payloads if one.chunks]), stats
