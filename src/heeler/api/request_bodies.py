"""Bodies of requests to the API: bounded, and decoded beside the event loop where they are not small.

Telemetry goes through `heeler.intake`, which has limits of its own; what comes here are queries and
configuration. A decoder in C holds the interpreter for as long as it takes, also in a thread: so the size
of a body and the number of its objects are bounded before it is decoded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import yaml
from litestar import Request

from heeler.wire.body_limits import LimitExceeded, check_json

T = TypeVar("T")

MAX_API_BODY = 4 * 2**20
"""Bytes of a request to the API that is no telemetry: a dashboard of a
thousand widgets has about 2 MB."""
MAX_API_CONTAINERS = 100_000
"""Objects and lists of such a request."""
MAX_YAML_VALUES = 20_000
"""Values of the YAML documents of a request, those that aliases repeat counted each time."""
MAX_YAML_DEPTH = 64
"""Levels of such a document: the parser recurses in C, and ends the process where they are many."""
INLINE_BYTES = 8 * 1024
"""Bodies up to this size are decoded at once: it takes less than a millisecond."""
#: One is enough: a decoder holds the interpreter. What waits is bounded by the connections.
_THREADS = ThreadPoolExecutor(1, thread_name_prefix="api-decode")


async def beside_loop(call: Callable[..., T], *args: Any) -> T:
    """``call(*args)`` in the thread that decodes bodies."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call, *args)


async def read_body(request: Request[Any, Any, Any], read: Callable[[bytes], T]) -> T:
    """``read`` of the body of ``request``: in a thread where it is not small.

    Raises what ``read`` raises, and ``LimitExceeded`` for a body of too many objects.
    """
    body = await request.body()
    return read(body) if len(body) <= INLINE_BYTES else await beside_loop(read, body)


def nested_json(text: str) -> Any:
    """The document in a text of a body: some clients encode a part of it once more.

    Raises ``ValueError``, and ``LimitExceeded`` for one of too many objects.
    """
    check_json(text.encode("utf-8", "replace"), MAX_API_CONTAINERS)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def yaml_documents(text: bytes | str) -> list[Any]:
    """The JSON or YAML documents of a text.

    Raises ``yaml.YAMLError``, and ``LimitExceeded`` where they are nested too deeply or have too many values:
    a few lines of aliases of aliases stand for billions.
    """
    _check_events(text)
    found = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one is not None]
    _check_values(found)
    return found


def _check_events(text: bytes | str) -> None:
    """Follow the nesting of the documents, which are not made yet."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, yaml.CSafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_YAML_DEPTH:
            raise LimitExceeded(f"The body is nested more than {MAX_YAML_DEPTH} levels deep")
        if count > 2 * MAX_YAML_VALUES:
            raise _too_many_values()


def _too_many_values() -> LimitExceeded:
    return LimitExceeded(f"The body holds more than {MAX_YAML_VALUES:,} values; send it in parts")


def _check_values(documents: list[Any]) -> None:
    left, waiting = MAX_YAML_VALUES, [iter(documents)]
    while waiting:
        item = next(waiting[-1], waiting)
        if item is waiting:
            waiting.pop()
            continue
        left -= 1
        if left < 0:
            raise _too_many_values()
        inner: Iterable[Any] = (
            item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        )
        if inner:
            waiting.append(iter(inner))
