"""Sends the bodies of `bench.api_bodies` with one place at a time replaced by what does not belong there.

    python -m bench.api_faults [--share 1.0] [--seed 1] [--only REGEX] [--large]

Unlike random fuzzing it visits each place of each body with each kind of wrong value; ids of paths are those
of things that exist, so that changes are tried as well as creations. None may be answered by a 5xx. With
``--large``, the values are as large as a body may be; what held the event loop is printed.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench.api_bodies import BODIES
from bench.schemathesis_api import LEFT_OUT, Client, fill, known_ids, own_ids, placed
from bench.servers import API_KEY, APP_KEY, heeler

#: Wrong in as many ways as there are: kinds, sizes and texts.
WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1.5, 1e308, "", "x", "x" * 300, "²", "\0", "1" * 30, [], [None], [[]], ["x"],
    [{}], {}, {"x": 1}, {"x": {}},
)  # fmt: skip
#: As large as a body may be, or as many as its objects.
LARGE: tuple[Any, ...] = (
    "x" * 2_000_000, "a:b, " * 400_000, "{{" * 1_000_000, ["tag:value"] * 200_000, [{}] * 90_000,
    [{"type": "x", "name": "y", "definition": {"type": "note"}}] * 40_000,
    {f"key{number}": number for number in range(100_000)}, [[["x"]]] * 30_000,
)  # fmt: skip
_NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass
class Tally:
    """Answers by status, and each request that was answered by a 5xx."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def places(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to each value in a document, the document itself first."""
    yield here
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*here, key))


def replaced(document: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy of ``document`` with ``value`` at ``place``."""
    if not place:
        return value
    made = copy.deepcopy(document)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return made


def requests(
    schema: Mapping[str, Any],
    ids: Mapping[str, list[Any]],
    own: set[str],
    only: str = "",
    values: Sequence[Any] = WRONG,
) -> Iterator[tuple[str, str, Any]]:
    """Method, path and body of every request."""
    for path, operations in schema["paths"].items():
        body = BODIES.get(path)
        if body is None or path in LEFT_OUT or (only and not re.search(only, path)):
            continue
        body = placed(body, ids)
        for method in operations:
            if method not in ("post", "put", "patch") and "requestBody" not in operations[method]:
                continue
            for target in _targets(path, ids, own):
                for place in places(body):
                    for value in values:
                        yield method.upper(), target, replaced(body, place, value)


def _targets(path: str, ids: Mapping[str, list[Any]], own: set[str]) -> list[str]:
    """``path`` with an id that exists, or the name of each source."""
    if "{source}" in path:
        return [path.replace("{source}", one).replace("{view_id}", "1") for one in ids["source"]]

    def known(name: re.Match[str]) -> str:
        values = [str(one) for one in ids.get(name[1], ()) if str(one) not in own]
        return values[-1] if values else _NOBODY

    return [re.sub(r"{(\w+)}", known, path)]


def run(
    url: str,
    headers: Mapping[str, str],
    *,
    share: float = 1.0,
    seed: int = 1,
    only: str = "",
    at_once: int = 4,
    values: Sequence[Any] = WRONG,
) -> Tally:
    """A ``share`` of all requests with ``values``, chosen by ``seed``."""
    client, tally, rng = Client(url, headers), Tally(), random.Random(seed)
    fill(client)
    status, schema = client.send("GET", "/api/openapi/openapi.json")
    if status != 200:
        raise RuntimeError(f"/api/openapi/openapi.json answered {status}")
    chosen = (
        one
        for one in requests(schema, known_ids(client), own_ids(client), only, values)
        if rng.random() < share
    )

    def send(request: tuple[str, str, Any]) -> None:
        method, path, body = request
        status, answer = client.send(method, path, body)
        tally.statuses[status] += 1
        if status >= 500:
            tally.failures.append(
                f"{method} {path} {status} {json.dumps(body)[:2000]} -> {str(answer)[:200]}"
            )

    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(send, chosen):
            pass
    return tally


def _held(url: str) -> list[str]:
    """What held the event loop of the server for over a tenth of a second."""
    request = Request(f"{url}/metrics", headers={"DD-API-KEY": API_KEY})
    with urlopen(request, timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return [line for line in lines if line.startswith("heeler_server_loop_held")]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a regular expression of paths")
    parser.add_argument("--large", action="store_true", help="values as large as a body may be")
    options = parser.parse_args()
    values = LARGE if options.large else WRONG
    headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
    with tempfile.TemporaryDirectory() as folder, heeler(Path(folder) / "server") as server:
        url = f"http://127.0.0.1:{server.port}"
        tally = run(
            url, headers, share=options.share, seed=options.seed, only=options.only, values=values,
            at_once=1 if options.large else 4,
        )  # fmt: skip
        held = _held(url)
    for line in held:
        print(line)
    for status, count in sorted(tally.statuses.items()):
        print(f"{status}: {count:,}")
    for failure in tally.failures:
        print(failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
