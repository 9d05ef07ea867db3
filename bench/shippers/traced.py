"""Twenty lines of Python's logging with ddtrace's injection, as JSON; prints the trace id."""

import json
import logging
import sys

from ddtrace import patch, tracer

patch(logging=True)


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        injected = {
            name: getattr(record, name) for name in ("dd.trace_id", "dd.span_id") if hasattr(record, name)
        }
        return json.dumps({"message": record.getMessage(), "level": record.levelname, **injected})


handler = logging.FileHandler(sys.argv[1])
handler.setFormatter(Json())
log = logging.getLogger("lines")
log.addHandler(handler)
log.setLevel(logging.INFO)
with tracer.trace("work") as span:
    for n in range(20):
        log.log(logging.ERROR if n % 5 == 4 else logging.INFO, "line %d", n)
    print(f"{span.trace_id:032x}")
