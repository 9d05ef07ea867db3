"""Operations of the real client with JSON bodies: what it sent, what came back, and what it made of it."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple, validate_and_convert_types

warnings.filterwarnings("ignore", message="Using unstable operation")


class NotSendable(Exception):
    """The client itself cannot make a request of this body."""


@dataclass
class Answer:
    """One call: the body as the client sent it, the status, the document, and what it could not parse."""

    status: int
    sent: Any
    document: Any
    unparsed: list[str] = field(default_factory=list)
    clear: bool = True
    """Whether the client can tell which branches of `oneOf` the body has."""

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        return (
            json.dumps(self.document, ensure_ascii=False)
            if not isinstance(self.document, str)
            else self.document
        )


class Client:
    """The client of one server; it counts the operations that were called."""

    def __init__(self, configuration: Configuration) -> None:
        configuration.retry_policy = None
        self.api = ApiClient(configuration)
        self.called: dict[str, int] = {}
        self._sent: Any = None
        self._raw: Any = None
        rest = self.api.rest_client
        real = rest.request

        def request(method: str, url: str, **named: Any) -> Any:
            self._sent, self._raw = named.get("body"), None
            made = real(method, url, **named)
            self._raw = made
            return made

        rest.request = request
        self._instances: dict[str, Any] = {}

    def headers(self) -> dict[str, str]:
        """What carries the keys."""
        keys = self.api.configuration.api_key
        return {"DD-API-KEY": keys["apiKeyAuth"], "DD-APPLICATION-KEY": keys["appKeyAuth"]}

    def endpoint(self, api: str, operation: str) -> Any:
        """The client's description of an operation; ``api`` as ``v1.MonitorsApi``."""
        return getattr(self.instance(api), f"_{operation}_endpoint")

    def instance(self, api: str) -> Any:
        if api not in self._instances:
            version, _, name = api.partition(".")
            snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
            snake = snake.replace("auth_n_", "authn_").replace("auth_nm", "authn_m")
            module = importlib.import_module(f"datadog_api_client.{version}.api.{snake}")
            self._instances[api] = getattr(module, name)(self.api)
        return self._instances[api]

    def body_types(self, api: str, operation: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.endpoint(api, operation).params_map["body"]["openapi_types"]
        return found

    def __call__(self, api: str, operation: str, *path: Any, **named: Any) -> Answer:
        """Call ``operation``; a JSON ``body`` becomes the model that it takes."""
        guarded = f"{api[:2]}.{operation}"
        if guarded in self.api.configuration.unstable_operations.values:
            self.api.configuration.unstable_operations[operation] = True
        clear = True
        if "body" in named:
            made, clear = model_of(named["body"], self.body_types(api, operation))
            named["body"] = made if clear else named["body"]
        self.api.configuration.check_input_type = clear
        path = self._path(api, operation, path)
        self.called[f"{api}.{operation}"] = self.called.get(f"{api}.{operation}", 0) + 1
        self._sent = None
        try:
            made = getattr(self.instance(api), operation)(*path, **named)
        except ApiException as error:
            return Answer(error.status, self._sent, error.body)
        except Exception as error:  # noqa: BLE001 - whatever the client raises, the answer did not fit it
            return Answer(299, self._sent, self._document(), [f"{type(error).__name__}: {error}"[:300]])
        left = [str(one)[:300] for one in unparsed(made)] if clear else []
        return Answer(200, self._sent, self._document(), left, clear)

    def _path(self, api: str, operation: str, path: tuple[Any, ...]) -> list[Any]:
        """The arguments of a path in the types that the operation takes."""
        places = [
            one for one in self.endpoint(api, operation).params_map.values() if one["location"] == "path"
        ]
        made = []
        for value, place in zip(path, places, strict=False):
            made.append(UUID(value) if UUID in place["openapi_types"] and isinstance(value, str) else value)
        return made

    def _document(self) -> Any:
        data = getattr(self._raw, "data", b"") or b""
        try:
            return json.loads(data)
        except ValueError:
            return data.decode(errors="replace")


def model_of(body: Any, kinds: tuple[Any, ...]) -> tuple[Any, bool]:
    """``body`` in the type that an operation takes, and whether the client can tell its branches of `oneOf`.

    A body that fits two branches cannot be made from JSON; a program that names the class can send it.
    Raises ``NotSendable`` where it is not of that type.
    """
    try:
        made = validate_and_convert_types(body, kinds, ["body"], True, True, Configuration())
    except Exception as error:
        raise NotSendable(str(error)) from error
    return made, not any(unparsed(made))


def unparsed(value: Any) -> Iterator[Any]:
    """The innermost parts that the client could not parse."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from unparsed(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from unparsed(item)
    elif isinstance(value, ModelNormal | ModelComposed):
        held = vars(value)  # a model that is made from one value of a `oneOf` has no more than that
        inner = [*held.get("_composed_instances", ()), *held.get("_data_store", {}).values()]
        found = False
        for item in inner:
            for one in unparsed(item):
                found = True
                yield one
        if held.get("_unparsed", False) and not found:
            yield value
    elif isinstance(value, ModelSimple):
        if value._unparsed:
            yield f"{type(value).__name__}={value.value}"
        else:
            yield from unparsed(value.value)
    elif type(value).__name__ == "UnparsedObject":
        yield f"UnparsedObject {value}"
