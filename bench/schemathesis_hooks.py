"""What Schemathesis calls around each request of `bench.schemathesis_api`, in its own process."""

from __future__ import annotations

import atexit
import json
import os
import threading
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

_FOLDER = Path(os.environ["HEELER_FUZZ_FOLDER"])
_LIMITS = "/api/v2/logs/config/restriction_queries/"
_OWN = set(json.loads((_FOLDER / "own.json").read_text()))
_counted: dict[str, Counter[str]] = {}
_lock = threading.Lock()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send what would take the runner's own rights away to an id that does not exist."""
    if case.method.upper() == "GET":
        return
    for name, value in (case.path_parameters or {}).items():
        if str(value) in _OWN:
            case.path_parameters[name] = str(uuid.UUID(int=0))
    # A restriction query that is given to the runner's role limits the logs that it may read.
    if case.operation.path.startswith(_LIMITS) and any(
        one in json.dumps(case.body, default=str) for one in _OWN
    ):
        case.body = {"data": {"id": str(uuid.UUID(int=0)), "type": "roles"}}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    with _lock:
        name = f"{case.method.upper()} {case.operation.path}"
        _counted.setdefault(name, Counter())[str(response.status_code)] += 1
        if response.status_code >= 500:
            with (_FOLDER / "failures.log").open("a") as log:
                log.write(f"{name} {response.status_code} {case.as_curl_command()}\n")


@atexit.register
def _write() -> None:
    (_FOLDER / "statuses.json").write_text(json.dumps(_counted))
