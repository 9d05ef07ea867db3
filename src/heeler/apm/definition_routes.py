"""Endpoints of service definitions: ``/api/v2/services/definitions``."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import bad_request
from heeler.api.request_bodies import read_body
from heeler.apm.definitions import VERSIONS, DefinitionError, convert, name_of, read
from heeler.apm.model import ServiceDefinition

HttpRequest = Request[Any, Any, Any]
Version = Annotated[str, Parameter(query="schema_version")]
_IDS = uuid.UUID("5f0a1f3e-6a0e-4d0c-9a3c-1f6f6f4d2b11")
DEFAULT_PAGE, MAX_PAGE = 10, 100


@post("/api/v2/services/definitions", guards=[writer_guard], status_code=200)
async def put_definitions(request: HttpRequest) -> dict[str, Any]:
    """Create or replace definitions, given as JSON or YAML. All are stored, or none."""
    services = services_of(request)
    try:
        documents = await read_body(request, read)
    except DefinitionError as error:
        raise bad_request(str(error)) from error
    now = datetime.fromtimestamp(services.now(), UTC)
    made = []
    async with services.database.session() as db:
        for document in documents:
            name = name_of(document)
            found = await db.get(ServiceDefinition, name)
            if found is None:
                found = ServiceDefinition(service=name, document=document, modified=now)
                db.add(found)
            found.document, found.modified = document, now
            found.modified_by = principal_of(request).email
            made.append(_shown(found, document["schema-version"]))
    return {"data": made}


@get("/api/v2/services/definitions", guards=[user_guard])
async def list_definitions(
    request: HttpRequest,
    schema_version: Version = "",
    size: Annotated[int, Parameter(query="page[size]")] = DEFAULT_PAGE,
    number: Annotated[int, Parameter(query="page[number]")] = 0,
) -> dict[str, Any]:
    version = _version(schema_version)
    if not 1 <= size <= MAX_PAGE or number < 0:
        raise bad_request(f"Invalid page. Expected page[size] of 1 to {MAX_PAGE} and page[number] from 0.")
    async with services_of(request).database.session() as db:
        found = await db.scalars(
            select(ServiceDefinition)
            .order_by(ServiceDefinition.service)
            .offset(min(size * number, 10_000_000))
            .limit(size)
        )
        return {"data": [_shown(one, version) for one in found]}


@get("/api/v2/services/definitions/{service:str}", guards=[user_guard])
async def get_definition(
    request: HttpRequest, service: str, schema_version: Version = ""
) -> Response[dict[str, Any]]:
    version = _version(schema_version)
    async with services_of(request).database.session() as db:
        found = await db.get(ServiceDefinition, service.lower())
        return _missing() if found is None else Response({"data": _shown(found, version)})


@delete("/api/v2/services/definitions/{service:str}", guards=[writer_guard], status_code=200)
async def delete_definition(request: HttpRequest, service: str) -> Response[Any]:
    """204 without a body, or 404 with one."""
    async with services_of(request).database.session() as db:
        found = await db.get(ServiceDefinition, service.lower())
        if found is None:
            return _missing()
        await db.delete(found)
    return Response(None, status_code=204)


def _missing() -> Response[dict[str, Any]]:
    return Response({"errors": ["Not Found"], "error_details": [{}]}, status_code=404)


def _version(given: str) -> str:
    if given and given not in VERSIONS:
        raise bad_request(f"Invalid schema_version: {given[:50]!r}. Expected one of {', '.join(VERSIONS)}.")
    return given


def _shown(found: ServiceDefinition, version: str) -> dict[str, Any]:
    own = found.document["schema-version"]
    return {
        "id": str(uuid.uuid5(_IDS, found.service)),
        "type": "service-definition",
        "attributes": {
            "meta": {
                "last-modified-time": found.modified.isoformat(),
                "ingestion-source": "api",
                "ingested-schema-version": own,
                "origin": "unknown",
                "origin-detail": found.modified_by,
                "warnings": [],
            },
            "schema": convert(found.document, version or own),
        },
    }


handlers: list[ControllerRouterHandler] = [
    put_definitions,
    list_definitions,
    get_definition,
    delete_definition,
]
