"""Endpoints of the software catalog: ``/api/v2/catalog/entity``, ``kind`` and ``relation``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, delete, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.query_parameters import split_values
from heeler.api.request_bodies import read_body
from heeler.apm import catalog
from heeler.apm import services as statistics
from heeler.apm.catalog import INVERSE, KINDS, CatalogError, Ref, parse_ref, ref_of
from heeler.apm.catalog_serializers import (
    Entity,
    entity_data,
    kind_data,
    relation_data,
    shown,
    stored_kind_data,
)
from heeler.apm.model import CatalogEntity, CatalogKind, ServiceDefinition
from heeler.apm.scope import Scope

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]
Text = str | None
MAX_ENTITIES, MAX_KINDS, MAX_PAGE = 10_000, 100, 1000
INCLUDES = ("schema", "raw_schema", "oncall", "incident", "relation")
#: Services that sent traces within this time count as discovered.
DISCOVERED_SECONDS = 86_400


@get("/api/v2/catalog/entity", guards=[user_guard])
async def list_entities(
    request: HttpRequest,
    offset: Annotated[int, Parameter(query="page[offset]")] = 0,
    limit: Annotated[int, Parameter(query="page[limit]")] = 100,
    identity: Annotated[Text, Parameter(query="filter[id]")] = None,
    ref: Annotated[Text, Parameter(query="filter[ref]")] = None,
    name: Annotated[Text, Parameter(query="filter[name]")] = None,
    kind: Annotated[Text, Parameter(query="filter[kind]")] = None,
    owner: Annotated[Text, Parameter(query="filter[owner]")] = None,
    relation: Annotated[Text, Parameter(query="filter[relation][type]")] = None,
    include: Text = None,
    discovered: Annotated[bool, Parameter(query="includeDiscovered")] = False,
) -> Object:
    """A page of entities: those of schema v3, service definitions and, with ``includeDiscovered``, services
    that send traces.
    """
    wanted = _included(include)
    entities = await _entities(request, discovered=discovered)
    relations = catalog.all_relations(one.document for one in entities)
    if relation is not None:
        wanted_type = _relation_type(relation)
        starts = {one.start for one in relations if one.type == wanted_type}
        entities = [one for one in entities if one.ref in starts]
    tests = (
        (identity, lambda one: one.ref.id),
        (str(_ref(ref)) if ref is not None else None, lambda one: str(one.ref)),
        (name.lower() if name is not None else None, lambda one: one.ref.name),
        (kind.lower() if kind is not None else None, lambda one: one.ref.kind),
        (owner, lambda one: one.document["metadata"].get("owner")),
    )
    for given, read in tests:
        if given is not None:
            entities = [one for one in entities if read(one) == given]
    page, links = _page(request, entities, offset, limit)
    data, included = shown(page, relations, wanted)
    meta = {"count": len(entities), "includeCount": len(included)}
    return {"data": data, "included": included, "meta": meta, "links": links}


@post("/api/v2/catalog/entity", guards=[writer_guard], status_code=202)
async def upsert_entities(request: HttpRequest) -> Object:
    """Create or replace entities, given as JSON or YAML. All are stored, or none."""
    documents = await read_body(request, _read)
    now, who = _now(request), principal_of(request).email
    async with services_of(request).database.session() as db:
        known = set(await db.scalars(select(CatalogEntity.id)))
        kinds = {*KINDS, *await db.scalars(select(CatalogKind.kind))}
        if len(known | {ref_of(one).id for one, _ in documents}) > MAX_ENTITIES:
            raise bad_request(f"The catalog has {len(known)} entities: at most {MAX_ENTITIES}.")
        made = []
        for document, raw in documents:
            ref = ref_of(document)
            if ref.kind not in kinds:
                raise bad_request(f"Unknown kind: {ref.kind}. Expected one of {', '.join(sorted(kinds))}.")
            found = await db.get(CatalogEntity, ref.id)
            if found is None:
                found = CatalogEntity(
                    id=ref.id, kind=ref.kind, namespace=ref.namespace, name=ref.name, document=document,
                    created=now, modified=now,
                )  # fmt: skip
                db.add(found)
            found.document, found.raw, found.modified, found.modified_by = document, raw, now, who
            made.append(_stored(found))
    data, included = shown(made, catalog.all_relations(one.document for one in made), {"schema"})
    meta = {"count": len(data), "includeCount": len(included)}
    return {"data": data, "included": included, "meta": meta}


@post("/api/v2/catalog/entity/preview", guards=[user_guard], status_code=202)
async def preview_entities(request: HttpRequest) -> Object:
    """What an upsert of the body would create, without storing it; nothing for an empty body."""
    documents = await read_body(request, lambda body: _read(body) if body else [])
    now = _now(request)
    made = [Entity(ref_of(one), one, raw, now, now, "api") for one, raw in documents]
    return {"data": [{**entity_data(one), "relationships": {}} for one in made]}


@delete("/api/v2/catalog/entity/{entity_id:path}", guards=[writer_guard])
async def delete_entity(request: HttpRequest, entity_id: str) -> None:
    """``entity_id``: the id or the reference ``kind:namespace/name``. A definition of a service is deleted
    too."""
    entity_id = entity_id.lstrip("/")
    by_ref = None if ":" not in entity_id else _ref(entity_id)
    identity = entity_id if by_ref is None else by_ref.id
    async with services_of(request).database.session() as db:
        found = await db.get(CatalogEntity, identity)
        definition = await _definition(db, identity)
        if found is None and definition is None:
            raise ApiError(404, f"Entity {entity_id[:100]} not found")
        for one in (found, definition):
            if one is not None:
                await db.delete(one)


@get("/api/v2/catalog/relation", guards=[user_guard])
async def list_relations(
    request: HttpRequest,
    offset: Annotated[int, Parameter(query="page[offset]")] = 0,
    limit: Annotated[int, Parameter(query="page[limit]")] = 100,
    kind: Annotated[Text, Parameter(query="filter[type]")] = None,
    start: Annotated[Text, Parameter(query="filter[from_ref]")] = None,
    end: Annotated[Text, Parameter(query="filter[to_ref]")] = None,
    include: Text = None,
    discovered: Annotated[bool, Parameter(query="includeDiscovered")] = False,
) -> Object:
    """A page of the relations between entities, in both directions."""
    if include not in (None, "", "entity", "schema"):
        raise bad_request(f"Invalid include: {include[:50]!r}. Expected entity or schema.")
    wanted_type = None if kind is None else _relation_type(kind)
    first, last = (None if ref is None else _ref(ref) for ref in (start, end))
    entities = await _entities(request, discovered=discovered)
    found = [
        one
        for one in catalog.all_relations(one.document for one in entities)
        if wanted_type in (None, one.type) and first in (None, one.start) and last in (None, one.end)
    ]
    page, links = _page(request, found, offset, limit)
    by_ref = {one.ref: one for one in entities}
    data = [relation_data(one, by_ref) for one in page]
    named = {ref for one in page for ref in (one.start, one.end)} if include else set()
    included = [entity_data(by_ref[ref]) for ref in sorted(named) if ref in by_ref]
    meta = {"count": len(found), "includeCount": len(included)}
    return {"data": data, "included": included, "meta": meta, "links": links}


@get("/api/v2/catalog/kind", guards=[user_guard])
async def list_kinds(
    request: HttpRequest,
    offset: Annotated[int, Parameter(query="page[offset]")] = 0,
    limit: Annotated[int, Parameter(query="page[limit]")] = 100,
    identity: Annotated[Text, Parameter(query="filter[id]")] = None,
    name: Annotated[Text, Parameter(query="filter[name]")] = None,
) -> Object:
    """The built-in kinds, and those that people added."""
    async with services_of(request).database.session() as db:
        own = list(await db.scalars(select(CatalogKind).order_by(CatalogKind.kind)))
    found = [kind_data(kind, *texts) for kind, texts in KINDS.items()]
    found += [stored_kind_data(one) for one in own]
    for given in (identity, name):
        if given is not None:
            found = [one for one in found if one["id"] == given]
    page, _ = _page(request, found, offset, limit)
    return {"data": page, "meta": {"count": len(found)}}


@post("/api/v2/catalog/kind", guards=[writer_guard], status_code=202)
async def upsert_kind(request: HttpRequest) -> Object:
    """Add or change a kind, given as JSON or YAML."""
    name, display, description = await read_body(request, _read_kind)
    if name in KINDS:
        raise bad_request(f"The kind {name} is built in: it cannot be changed.")
    now = _now(request)
    async with services_of(request).database.session() as db:
        found = await db.get(CatalogKind, name)
        if found is None:
            if len(list(await db.scalars(select(CatalogKind.kind)))) >= MAX_KINDS:
                raise bad_request(f"There are {MAX_KINDS} kinds already.")
            found = CatalogKind(kind=name, created=now, modified=now)
            db.add(found)
        found.display_name, found.description, found.modified = display, description, now
        return {"data": [stored_kind_data(found)], "meta": {"count": 1}}


@delete("/api/v2/catalog/kind/{kind_id:str}", guards=[writer_guard])
async def delete_kind(request: HttpRequest, kind_id: str) -> None:
    """Remove a kind that no entity is of."""
    if kind_id in KINDS:
        raise bad_request(f"The kind {kind_id} is built in: it cannot be deleted.")
    async with services_of(request).database.session() as db:
        found = await db.get(CatalogKind, kind_id)
        if found is None:
            raise ApiError(404, f"Kind {kind_id[:100]} not found")
        used = list(
            await db.scalars(select(CatalogEntity.name).where(CatalogEntity.kind == kind_id).limit(1))
        )
        if used:
            raise ApiError(409, f"The entity {used[0]} is of the kind {kind_id}: delete it first.")
        await db.delete(found)


def _read(body: bytes) -> list[tuple[Object, str]]:
    try:
        return catalog.read(body)
    except CatalogError as error:
        raise bad_request(str(error)) from error


def _read_kind(body: bytes) -> tuple[str, str, str]:
    """Name, display name and description."""
    try:
        found = catalog.documents(body)
        if len(found) == 1 and isinstance(found[0], str):
            found = catalog.documents(found[0].encode())
        if len(found) != 1 or not isinstance(found[0], dict):
            raise CatalogError("Expected one object with a kind.")
        name = catalog.check_kind(found[0].get("kind"))
    except CatalogError as error:
        raise bad_request(str(error)) from error
    texts = [found[0].get(key) or "" for key in ("displayName", "description")]
    if not all(isinstance(one, str) for one in texts) or len(texts[0]) > 200 or len(texts[1]) > 2000:
        raise bad_request("Invalid displayName or description. Expected texts of up to 200 and 2000 letters.")
    return name, texts[0] or name, texts[1]


async def _entities(request: HttpRequest, *, discovered: bool) -> list[Entity]:
    """All entities by name. One of schema v3 takes precedence over a definition, and both over a discovered
    service.
    """
    services = services_of(request)
    found: dict[Ref, Entity] = {}
    if discovered:
        now = services.now()
        for one in await statistics.services(services.engine, Scope(now - DISCOVERED_SECONDS, now)):
            document = catalog.of_service(one["service"])
            seen = datetime.fromtimestamp(now, UTC)
            ref = ref_of(document)
            found[ref] = Entity(ref, document, "", seen, seen, "traces")
    async with services.database.session() as db:
        for definition in await db.scalars(select(ServiceDefinition).limit(MAX_ENTITIES)):
            document = catalog.of_definition(definition.document)
            ref = ref_of(document)
            found[ref] = Entity(
                ref, document, "", definition.modified, definition.modified, "service_definition"
            )
        for stored in await db.scalars(select(CatalogEntity)):
            entity = _stored(stored)
            found[entity.ref] = entity
    return [found[ref] for ref in sorted(found)]


def _stored(one: CatalogEntity) -> Entity:
    return Entity(
        Ref(one.kind, one.namespace, one.name), one.document, one.raw, one.created, one.modified, "api"
    )


async def _definition(db: AsyncSession, identity: str) -> ServiceDefinition | None:
    """The definition of a service whose entity has the id."""
    names = await db.scalars(select(ServiceDefinition.service).limit(MAX_ENTITIES))
    for name in names:
        if Ref("service", catalog.DEFAULT_NAMESPACE, name).id == identity:
            return await db.get(ServiceDefinition, name)
    return None


def _page(request: HttpRequest, found: Sequence[Any], offset: int, limit: int) -> tuple[list[Any], Object]:
    """The page and the links to itself and its neighbors."""
    if not 1 <= limit <= MAX_PAGE or offset < 0:
        raise bad_request(f"Invalid page. Expected page[limit] of 1 to {MAX_PAGE} and page[offset] from 0.")
    offset = min(offset, len(found))

    def link(at: int) -> str:
        given = {key: value for key, value in request.query_params.items() if key != "page[offset]"}
        return f"{request.url.path}?{urlencode({**given, 'page[offset]': at, 'page[limit]': limit})}"

    links = {"self": link(offset)}
    if offset:
        links["previous"] = link(max(offset - limit, 0))
    if offset + limit < len(found):
        links["next"] = link(offset + limit)
    return list(found[offset : offset + limit]), links


def _included(include: str | None) -> set[str]:
    wanted = set(split_values(include or ""))
    if not wanted <= set(INCLUDES):
        raise bad_request(f"Invalid include: {include!r:.100}. Expected one of {', '.join(INCLUDES)}.")
    return wanted


def _relation_type(given: str) -> str:
    if given not in INVERSE:
        raise bad_request(
            f"Invalid type of relation: {given[:50]!r}. Expected one of {', '.join(sorted(INVERSE))}."
        )
    return given


def _ref(given: str) -> Ref:
    try:
        return parse_ref(given)
    except CatalogError as error:
        raise bad_request(str(error)) from error


def _now(request: HttpRequest) -> datetime:
    return datetime.fromtimestamp(services_of(request).now(), UTC)


handlers: list[ControllerRouterHandler] = [
    list_entities,
    upsert_entities,
    preview_entities,
    delete_entity,
    list_relations,
    list_kinds,
    upsert_kind,
    delete_kind,
]
