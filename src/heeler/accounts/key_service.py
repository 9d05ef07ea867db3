"""Operations shared by all endpoints of keys and tokens: lookup, listing, updates and serialization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar.datastructures import MultiDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.keys import TOKEN_PREFIXES, Kind
from heeler.accounts.model import Key, User
from heeler.accounts.paging import page_of
from heeler.accounts.roles import role_ids_of
from heeler.accounts.user_serializers import described_user
from heeler.api.documents import flag_in, text_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.query_parameters import split_values
from heeler.api.services import Principal

Body = dict[str, Any]

TITLES: Mapping[str, str] = {
    "api": "API key",
    "app": "Application key",
    "pat": "Personal access token",
    "sat": "Access token",
}
TYPES: Mapping[str, str] = {
    "api": "api_keys",
    "app": "application_keys",
    "pat": "personal_access_tokens",
    "sat": "service_access_tokens",
}
_SORTS: Mapping[str, str] = {
    "name": "name",
    "created_at": "created",
    "modified_at": "modified",
    "last4": "last4",
    "last_used_at": "last_used",
    "expires_at": "expires",
}
_PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """The keys visible to a call: of one type, optionally of one user."""

    kinds: tuple[Kind, ...]
    owner: int | None = None


async def found(db: AsyncSession, key_id: str, scope: Scope) -> Key:
    """Return the active key with the id. Raises the 404 of its type."""
    query = select(Key).where(Key.id == key_id, Key.kind.in_(scope.kinds), Key.revoked.is_(None))
    key: Key | None = await db.scalar(query)
    if key is None or (scope.owner is not None and key.user_id != scope.owner):
        raise ApiError(404, f"{TITLES[scope.kinds[0]]} not found")
    return key


def check_access(principal: Principal, key: Key, change: bool) -> None:
    """Raise a 403 unless the key is the caller's own or the caller may manage those of others."""
    if key.user_id is not None and key.user_id == principal.user_id:
        return
    if key.kind == "api":
        allowed = not change or principal.may("api_keys_delete")
    else:
        allowed = principal.may("org_app_keys_write") or (not change and principal.may("org_app_keys_read"))
    if not allowed:
        raise ApiError(403, "Forbidden", f"This {TITLES[key.kind]} belongs to another user.")


def check_grant(principal: Principal, scopes: Sequence[str] | None) -> None:
    """Raise a 403 if a limited key would create a key with more permissions than its own."""
    if principal.scopes is None:
        return
    if scopes is None or not set(scopes) <= principal.scopes:
        raise ApiError(
            403, "Forbidden", "A key with scopes can only create keys with the same or fewer scopes."
        )


def attributes_of(body: Body, wanted_type: str | None = None) -> Body:
    """``data.attributes`` of a body. Raises a 400."""
    data = body.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("attributes"), dict):
        raise bad_request("Invalid body. Expected an object `data` with `attributes`.")
    if wanted_type is not None and data.get("type", wanted_type) != wanted_type:
        raise bad_request(f"Invalid type: {data.get('type')!r}. Expected {wanted_type}")
    attributes: Body = data["attributes"]
    return attributes


def change(principal: Principal, key: Key, attributes: Body) -> None:
    """Rename the key or change its scopes. Raises 400 or 403."""
    if "name" in attributes:
        key.name = store.checked_key_name(attributes["name"])
    if "scopes" in attributes and key.kind != "api":
        scopes = store.checked_scopes(attributes["scopes"])
        check_grant(principal, scopes)
        key.scopes = scopes
    if key.kind == "api" and "category" in attributes:
        key.category = text_in(attributes, "category", 100)
    readable = flag_in(attributes, "remote_config_read_enabled")
    if key.kind == "api" and readable is not None:
        key.remote_config_read = readable
    key.modified = datetime.now(UTC)


def described(key: Key, owner: User | None, secret: str | None = None) -> Body:
    """Serialize a key; ``secret`` is included only in the response to its creation."""
    attributes: Body = {"name": key.name, "created_at": key.created.isoformat()}
    used = key.last_used.isoformat() if key.last_used else None
    if key.kind in TOKEN_PREFIXES:
        attributes |= {
            "public_portion": key.public_portion,
            "scopes": key.scopes or [],
            "expires_at": key.expires.isoformat() if key.expires else None,
        }
        if secret is None:
            attributes |= {"modified_at": key.modified.isoformat(), "last_used_at": used}
    elif key.kind == "api":
        attributes |= {
            "last4": key.last4,
            "modified_at": key.modified.isoformat(),
            "date_last_used": used,
            "category": key.category,
            "remote_config_read_enabled": key.remote_config_read,
        }
    else:
        attributes |= {"last4": key.last4, "scopes": key.scopes, "last_used_at": used}
    if secret is not None:
        attributes["key"] = secret
    return {
        "id": key.id,
        "type": TYPES[key.kind],
        "attributes": attributes,
        "relationships": _relationships(key, owner),
    }


def _relationships(key: Key, owner: User | None) -> Body:
    if owner is None:
        return {}
    kind = "service_account" if key.kind == "sat" else "users"
    who = {"data": {"id": owner.uuid, "type": kind}}
    return {"created_by": who, "modified_by": who} if key.kind == "api" else {"owned_by": who}


async def owners_of(db: AsyncSession, keys: Sequence[Key]) -> dict[int, User]:
    ids = {key.user_id for key in keys if key.user_id is not None}
    return {user.id: user for user in await db.scalars(select(User).where(User.id.in_(ids)))}


async def answer(db: AsyncSession, key: Key, secret: str | None = None, include: str = "") -> Body:
    owners = await owners_of(db, [key])
    body: Body = {"data": described(key, owners.get(key.user_id or 0), secret)}
    if include:
        body["included"] = await _included(db, owners, include)
    return body


async def _included(db: AsyncSession, owners: Mapping[int, User], include: str) -> list[Body]:
    if not {"created_by", "modified_by", "owned_by"} & set(include.split(",")):
        return []
    given = await role_ids_of(db, owners)
    return [described_user(user, given.get(user.id, [])) for user in owners.values()]


async def listed(db: AsyncSession, scope: Scope, query: MultiDict[str]) -> Body:
    """A page of the active keys in ``scope`` that match the filters, sorted."""
    keys = _sorted(_matching(await store.active_keys(db, scope.kinds, scope.owner), query), query)
    if wanted := {one.lower() for one in split_values(*query.getall("filter[owned_by]", []))}:
        ids = set(await db.scalars(select(User.id).where(User.uuid.in_(wanted))))
        keys = [key for key in keys if key.user_id in ids]
    shown = page_of(keys, query, _PER_PAGE)
    owners = await owners_of(db, shown)
    meta: Body = {"page": {"total_filtered_count": len(keys)}}
    if scope.kinds[0] in ("api", "app"):
        meta["max_allowed" if scope.kinds[0] == "api" else "max_allowed_per_user"] = store.MAX_KEYS_PER_USER
    body: Body = {"data": [described(key, owners.get(key.user_id or 0)) for key in shown], "meta": meta}
    if query.get("include"):
        body["included"] = await _included(db, owners, query["include"])
    return body


def _matching(keys: Sequence[Key], query: Mapping[str, str]) -> list[Key]:
    text = query.get("filter", "")
    selected = [key for key in keys if text.lower() in key.name.lower() or text == key.last4]
    if category := query.get("filter[category]"):
        selected = [key for key in selected if key.category == category]
    if readable := query.get("filter[remote_config_read_enabled]", "").lower():
        if readable not in ("true", "false"):
            raise bad_request("Invalid filter[remote_config_read_enabled]. Expected true or false")
        selected = [key for key in selected if key.remote_config_read is (readable == "true")]
    if query.get("filter[leaked]", "").lower() == "true":
        selected = []  # no service looks for leaked tokens of this server
    for field, attribute in (("created_at", "created"), ("modified_at", "modified")):
        start = _time(query, f"filter[{field}][start]")
        end = _time(query, f"filter[{field}][end]")
        if start:
            selected = [key for key in selected if getattr(key, attribute) >= start]
        if end:
            selected = [key for key in selected if getattr(key, attribute) <= end]
    return selected


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name, "")
    return parse_time(text, name) if text else None


def parse_time(text: object, name: str) -> datetime:
    """Parse an ISO 8601 time to UTC, which it is in if it has no zone. Raises a 400."""
    try:
        found = datetime.fromisoformat(text if isinstance(text, str) else "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise bad_request(f"Invalid {name}: {text!r}. Expected a time such as 2026-01-31T12:00:00Z") from None


def _sorted(keys: list[Key], query: Mapping[str, str]) -> list[Key]:
    sort = query.get("sort", "")
    if not sort:
        return keys
    attribute = _SORTS.get(sort.removeprefix("-"))
    if attribute is None:
        raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(_SORTS)}, with - to reverse")

    def rank(key: Key) -> tuple[bool, Any]:
        value = getattr(key, attribute)
        return value is not None, value.lower() if isinstance(value, str) else value or datetime.min

    return sorted(keys, key=rank, reverse=sort.startswith("-"))
