"""Endpoints of error tracking: the public API, and those of the web app."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, delete, get, post, put
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.accounts.model import User
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import is_one_of, list_in
from heeler.api.errors import bad_request, not_found
from heeler.api.services import Services
from heeler.errors import states, store
from heeler.errors.lifecycle import STATES
from heeler.errors.model import IssueState
from heeler.errors.search import ERRORS
from heeler.errors.serializers import issue_row, issue_v2, search_result, user_v2
from heeler.errors.store import Issue, Window
from heeler.query.data_sources import register_source
from heeler.query.search.query_objects import executor_for
from heeler.query.search.row_access import access_to
from heeler.query.search.times import request_time

HttpRequest = Request[Any, Any, Any]
_TRACKS = {"trace": ("trace",), "logs": ("logs",), "rum": ()}
_PERSONAS = {"ALL": ("trace", "logs"), "BACKEND": ("trace", "logs"), "BROWSER": (), "MOBILE": ()}
_ORDERS = ("TOTAL_COUNT", "FIRST_SEEN", "IMPACTED_SESSIONS", "PRIORITY")
MAX_RESULTS = 100
_Issues = list[tuple[Window, Issue, IssueState]]


@post("/api/v2/error-tracking/issues/search", guards=[user_guard], status_code=200)
async def search_issues(
    request: HttpRequest,
    data: dict[str, Any],
    include: Annotated[str | None, Parameter(query="include")] = None,
) -> dict[str, Any]:
    """Issues with errors in a window, at most 100; ``include`` may name ``issue`` and ``issue.assignee``."""
    services = services_of(request)
    asked = _attributes(data, "search_request")
    start, end = (_milliseconds(asked, name) for name in ("from", "to"))
    if not isinstance(asked.get("query"), str):
        raise bad_request("Invalid data.attributes.query. Expected a string.")
    found = await _search(services, asked["query"], start, end, _sources(asked), states_of(asked))
    people = await _users(services, [state.assignee_id for _, _, state in found])
    wanted = list_in(asked, "assignee_ids")
    if wanted:
        found = [one for one in found if _uuid_of(people.get(one[2].assignee_id or 0)) in wanted]
    found = _ordered(found, str(asked.get("order_by") or "TOTAL_COUNT"))[:MAX_RESULTS]
    included = []
    parts = set((include or "").split(","))
    if "issue" in parts or "issue.assignee" in parts:
        included += [issue_v2(issue, state, people.get(state.assignee_id or 0)) for _, issue, state in found]
    if "issue.assignee" in parts:
        ids = {state.assignee_id for _, _, state in found}
        included += [user_v2(user) for identity, user in people.items() if identity in ids]
    return {"data": [search_result(window) for window, _, _ in found], "included": included}


@get("/api/v2/error-tracking/issues/{issue_id:str}", guards=[user_guard])
async def get_issue(
    request: HttpRequest, issue_id: str, include: Annotated[str | None, Parameter(query="include")] = None
) -> dict[str, Any]:
    return await _shown(request, issue_id, include)


@put("/api/v2/error-tracking/issues/{issue_id:str}/state", guards=[writer_guard])
async def update_state(request: HttpRequest, issue_id: str, data: dict[str, Any]) -> dict[str, Any]:
    services = services_of(request)
    wanted = _attributes(data, "error_tracking_issue").get("state")
    if wanted not in STATES:
        raise bad_request(f"Invalid state: {str(wanted)[:50]!r}. Expected one of {', '.join(STATES)}.")
    issue = await _issue(services, issue_id)
    await states.change_state(services, issue, str(wanted), principal_of(request).email)
    return await _shown(request, issue_id)


@put("/api/v2/error-tracking/issues/{issue_id:str}/assignee", guards=[writer_guard])
async def update_assignee(request: HttpRequest, issue_id: str, data: dict[str, Any]) -> dict[str, Any]:
    services = services_of(request)
    inner = data.get("data")
    identity = inner.get("id") if isinstance(inner, dict) else None
    issue = await _issue(services, issue_id)
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.uuid == str(identity), User.disabled.is_(False)))
        if user is None:
            raise bad_request(f"Invalid assignee: {str(identity)[:50]!r}. Expected the id of a user.")
        chosen = (user.id, user.name or user.email)
    await states.assign(services, issue, *chosen, by=principal_of(request).email)
    return await _shown(request, issue_id, "assignee")


@delete("/api/v2/error-tracking/issues/{issue_id:str}/assignee", guards=[writer_guard], status_code=204)
async def delete_assignee(request: HttpRequest, issue_id: str) -> None:
    services = services_of(request)
    issue = await _issue(services, issue_id)
    await states.assign(services, issue, None, "", by=principal_of(request).email)


@get("/api/ui/error-tracking/issues", guards=[user_guard])
async def ui_issues(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="query")] = "",
    start: str = "now-1d",
    end: str = "now",
    with_state: Annotated[str, Parameter(query="states")] = "",
    order: str = "TOTAL_COUNT",
) -> dict[str, Any]:
    """Issues of a window with their trend; ``states`` is a comma-separated list, all states without one."""
    services = services_of(request)
    first, last = _window(services, start, end)
    chosen = [one for one in with_state.split(",") if one]
    if unknown := [one for one in chosen if one not in STATES]:
        raise bad_request(f"Invalid state: {unknown[0][:50]!r}. Expected one of {', '.join(STATES)}.")
    found = _ordered(await _search(services, wanted, first, last, ("trace", "logs"), chosen), order)
    people = await _users(services, [state.assignee_id for _, _, state in found])
    rows = [
        issue_row(issue, window, state, people.get(state.assignee_id or 0)) for window, issue, state in found
    ]
    return {"issues": rows}


@get("/api/ui/error-tracking/issues/{issue_id:str}", guards=[user_guard])
async def ui_issue(
    request: HttpRequest, issue_id: str, start: str = "now-1d", end: str = "now"
) -> dict[str, Any]:
    """An issue with its trend, versions, newest errors and history."""
    services = services_of(request)
    first, last = _window(services, start, end)
    issue = await _issue(services, issue_id)
    state = (await states.current(services, [issue]))[issue.id]
    windows = await store.windows(services.engine, f"issue.id:{issue.id}", first, last, ("trace", "logs"))
    people = await _users(services, [state.assignee_id])
    history = await states.activity(services, issue.id)
    return {
        "issue": issue_row(issue, windows[0] if windows else None, state, people.get(state.assignee_id or 0)),
        "versions": await store.by_version(services.engine, issue.id),
        "samples": await store.samples(services.engine, issue.id, first, last),
        "activity": [
            {"time": one.time.timestamp(), "user": one.user, "change": one.change} for one in history
        ],
    }


async def _search(
    services: Services,
    search: str,
    start: float,
    end: float,
    sources: Sequence[str],
    wanted: Collection[str],
) -> _Issues:
    """Issues of a window with their states, filtered by ``wanted`` states (all if empty)."""
    if start >= end:
        raise bad_request("Invalid from, to: 'from' must be before 'to'.")
    if not sources:
        return []
    try:
        windows = await store.windows(services.engine, search or "*", start, end, sources)
    except ValueError as error:
        raise bad_request(str(error)) from error
    known = await store.issues(services.engine, [one.issue for one in windows])
    if access_to("logs").is_limited:  # the message of an issue may be one that the caller may not read
        known = {
            one.issue: replace(known[one.issue], message=one.message) for one in windows if one.issue in known
        }
    current = await states.current(services, list(known.values()))
    return [
        (window, known[window.issue], current[window.issue])
        for window in windows
        if window.issue in known and (not wanted or current[window.issue].state in wanted)
    ]


def _ordered(found: _Issues, order: str) -> _Issues:
    if order not in _ORDERS:
        raise bad_request(f"Invalid order_by: {order[:50]!r}. Expected one of {', '.join(_ORDERS)}.")
    if order == "FIRST_SEEN":
        return sorted(found, key=lambda one: one[1].first_seen, reverse=True)
    if order == "IMPACTED_SESSIONS":
        return sorted(found, key=lambda one: one[0].users, reverse=True)
    return sorted(found, key=lambda one: one[0].count, reverse=True)


async def _issue(services: Services, identity: str) -> Issue:
    found = (await store.issues(services.engine, [identity])).get(identity)
    if found is not None and access_to("logs").is_limited and "logs" in found.sources:
        message = await store.newest_readable(services.engine, identity)
        found = None if message is None else replace(found, message=message)
    if found is None:
        raise not_found(f"Issue {identity[:40]}")
    return found


async def _shown(request: HttpRequest, identity: str, include: str | None = None) -> dict[str, Any]:
    services = services_of(request)
    issue = await _issue(services, identity)
    state = (await states.current(services, [issue]))[issue.id]
    people = await _users(services, [state.assignee_id])
    assignee = people.get(state.assignee_id or 0)
    answer: dict[str, Any] = {"data": issue_v2(issue, state, assignee)}
    if include and "assignee" in include.split(",") and assignee is not None:
        answer["included"] = [user_v2(assignee)]
    return answer


async def _users(services: Services, ids: Collection[int | None]) -> dict[int, User]:
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    async with services.database.session() as db:
        found = list(await db.scalars(select(User).where(User.id.in_(wanted))))
        db.expunge_all()
    return {user.id: user for user in found}


def _uuid_of(user: User | None) -> str:
    return user.uuid if user else ""


def _attributes(body: dict[str, Any], kind: str) -> dict[str, Any]:
    data = body.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        raise bad_request(f"Invalid body. Expected {{'data': {{'type': '{kind}', 'attributes': {{...}}}}}}.")
    return attributes


def _milliseconds(asked: dict[str, Any], name: str) -> float:
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_request(f"Invalid data.attributes.{name}: {str(value)[:50]!r}. Expected UNIX milliseconds.")
    return value / 1000


def _sources(asked: dict[str, Any]) -> Sequence[str]:
    track, persona = asked.get("track"), asked.get("persona")
    if (track is None) == (persona is None):
        raise bad_request("Invalid body. Expected either 'track' or 'persona'.")
    known: dict[str, tuple[str, ...]] = _TRACKS if track is not None else _PERSONAS
    value = str(track if track is not None else persona)
    if value not in known:
        name = "track" if track is not None else "persona"
        raise bad_request(f"Invalid {name}: {value[:50]!r}. Expected one of {', '.join(known)}.")
    return known[value]


def states_of(asked: dict[str, Any]) -> list[str]:
    """States requested by a search. Raises 400 for an unknown one."""
    found = asked.get("states") or []
    if not isinstance(found, list) or any(not is_one_of(one, STATES) for one in found):
        raise bad_request(f"Invalid states. Expected a list of {', '.join(STATES)}.")
    return found


def _window(services: Services, start: str, end: str) -> tuple[float, float]:
    try:
        return request_time(start, services.now()), request_time(end, services.now())
    except ValueError as error:
        raise bad_request(str(error)) from error


handlers: list[ControllerRouterHandler] = [
    search_issues,
    get_issue,
    update_state,
    update_assignee,
    delete_assignee,
    ui_issues,
    ui_issue,
]

register_source(("error_tracking", "errors"), executor_for(ERRORS))
