"""Calls operations of the real client with plain JSON and checks that each answer is parsed to its end."""

from __future__ import annotations

from typing import Any

import pytest
from bench.client_models.calls import unparsed
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.model_utils import validate_and_convert_types


class Calls:
    """Calls operations with plain JSON as bodies, and checks that each answer is parsed to its end."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.made: set[str] = set()

    def __call__(self, api: type, operation: str, *path: Any, **named: Any) -> Any:
        instance = api(self.client)
        body = named.pop("body", None)
        method = getattr(instance, operation)
        self.made.add(f"{api.__module__.split('.')[1]}.{api.__name__}.{operation}")
        if body is not None:
            named["body"] = _model_of(instance, operation, body)
        if f"v2.{operation}" in self.client.configuration.unstable_operations.values:
            self.client.configuration.unstable_operations[operation] = True
        answer = method(*path, **named)
        assert not list(unparsed(answer)), f"{operation}: {answer}"
        return answer


def _model_of(api: Any, operation: str, body: Any) -> Any:
    """``body`` in the type that the operation takes; what the type does not know fails here."""
    endpoint = getattr(api, f"_{operation}_endpoint")
    (kind,) = endpoint.params_map["body"]["openapi_types"]
    made = validate_and_convert_types(body, (kind,), ["body"], True, True, Configuration())
    assert not list(unparsed(made)), f"the test sends what {kind.__name__} does not know: {made}"
    return made


def data(kind: str, attributes: Any = None, identity: str | None = None, **relationships: Any) -> Any:
    """A body of the current API."""
    found: dict[str, Any] = {"type": kind}
    if attributes is not None:
        found["attributes"] = attributes
    if identity is not None:
        found["id"] = identity
    if relationships:
        found["relationships"] = {name: {"data": value} for name, value in relationships.items()}
    return {"data": found}


def ref(kind: str, identity: str) -> dict[str, str]:
    return {"id": identity, "type": kind}


def refused(status: int, *given: Any, **named: Any) -> str:
    """The text of the error that a call ends with."""
    call, *rest = given
    with pytest.raises(ApiException) as caught:
        call(*rest, **named)
    assert caught.value.status == status, caught.value.body
    assert caught.value.body["errors"]
    return str(caught.value.body["errors"])
