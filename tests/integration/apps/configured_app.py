"""Traces one request after another under ``ddtrace-run`` until its input ends; a line of JSON for each.

Each line says what a tracer that is configured remotely decides: ``priority`` of the trace, and the
``trace_id`` that the line of a log carries ("" where none was injected).
"""

from __future__ import annotations

import json
import logging
import select
import sys

from ddtrace.trace import tracer

records: list[logging.LogRecord] = []


class Collect(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        records.append(record)


log = logging.getLogger("app")
log.setLevel(logging.INFO)
log.propagate = False
log.addHandler(Collect())

while not select.select([sys.stdin], [], [], 0.1)[0]:
    with tracer.trace("job.run", resource="poll") as span:
        log.info("working")
    record = records.pop()
    priority = span.context.sampling_priority
    injected = getattr(record, "dd.trace_id", "")
    print(json.dumps({"priority": priority, "trace_id": injected}), flush=True)
