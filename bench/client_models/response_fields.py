"""Fields of the client's response models that no answer had.

    python -m bench.client_models.response_fields [--only REGEX] [--most 6]

Each resource is made, read, listed, changed and deleted as by ``python -m bench.client_models``. The table
has the operations, how many of the fields that their models declare were in an answer, and the names of the
others: the server does not have them, or nothing made here has a value for them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from datadog_api_client import Configuration
from datadog_api_client.model_utils import ModelComposed, ModelNormal

from bench.client_models.calls import Answer, Client
from bench.client_models.check import Checker
from bench.client_models.command import parser_of, run_with_server
from bench.client_models.generate import branches, declared
from bench.client_models.resources import RESOURCES
from bench.client_models.seeds import GENERAL
from bench.client_models.world import make_world

_DEEPEST = 9


class Recording(Client):
    """A client that notes which fields of its models the answers had."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(configuration)
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.known: dict[str, set[str]] = defaultdict(set)

    def __call__(self, api: str, operation: str, *path: Any, **named: Any) -> Answer:
        answer = super().__call__(api, operation, *path, **named)
        kinds = self.endpoint(api, operation).settings["response_type"]
        if answer.ok and kinds:
            name = f"{api}.{operation}"
            for place, there in fields_of(answer.document, kinds):
                self.known[name].add(place)
                if there:
                    self.seen[name].add(place)
        return answer


def fields_of(document: Any, kinds: Any, place: str = "", depth: int = 0) -> Iterator[tuple[str, bool]]:
    """The fields of a document's models, and whether the document has them."""
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if depth > _DEEPEST or document is None:
            return
        if isinstance(kind, list) and isinstance(document, list):
            for one in document:
                yield from fields_of(one, tuple(kind), place + "[]", depth + 1)
        elif isinstance(kind, type) and issubclass(kind, ModelNormal) and isinstance(document, dict):
            for name, inner in declared(kind, "openapi_types").items():
                wire = kind.attribute_map[name]
                yield f"{place}.{wire}", wire in document
                if wire in document:
                    yield from fields_of(document[wire], inner, f"{place}.{wire}", depth + 1)
        elif isinstance(kind, type) and issubclass(kind, ModelComposed):
            for one in branches(kind):
                if _fits(document, one):
                    yield from fields_of(document, one, place, depth + 1)
                    break


def _fits(document: Any, kind: Any) -> bool:
    """Whether a branch of `oneOf` has each field of a document."""
    if not (isinstance(kind, type) and issubclass(kind, ModelNormal) and isinstance(document, dict)):
        return False
    return set(document) <= set(kind.attribute_map.values())


def main() -> int:
    return run_with_server(_run, parser_of(__doc__ or "", most=6).parse_args())


def _run(configuration: Configuration, options: argparse.Namespace) -> int:
    client = Recording(configuration)
    checker = Checker(client, make_world(client), GENERAL)
    for resource in RESOURCES:
        if re.search(options.only, resource.name):
            checker.run(resource, options.most)
    for name, known in sorted(client.known.items()):
        absent = sorted(known - client.seen[name])
        print(f"{name:70} {len(known) - len(absent):4} of {len(known):4}  {' '.join(absent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
