"""Endpoints to share dashboards with people who have no account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.services import Services
from heeler.dashboards import share_store, store
from heeler.dashboards.model import Dashboard, SharedDashboard, SharedDashboardInvitation
from heeler.dashboards.shared_rights import check_may_change, check_may_share
from heeler.notify.handles import Recipient
from heeler.notify.mail import page
from heeler.notify.outbox import Notice, send_to

Object = dict[str, Any]
_PUBLIC = "/api/v1/dashboard/public"


def _url(services: Services, token: str) -> str:
    return f"{services.settings.url}/sb/{token}"


def _shown(services: Services, shared: SharedDashboard) -> Object:
    return {
        "share_type": "open",
        "status": "active",
        "global_time": {"live_span": "1h"},
        "global_time_selectable_enabled": False,
        "selectable_template_vars": [],
        "viewing_preferences": {"high_density": False, "theme": "system"},
        "expiration": None,
        "share_list": [],
        **shared.body,
        "author": {"handle": shared.author_handle, "name": shared.author_name},
        "created": shared.created.isoformat(),
        "last_accessed": shared.accessed.isoformat() if shared.accessed else None,
        "public_url": _url(services, shared.token),
        "token": shared.token,
        "password_protected": bool(shared.password_hash),
    }


def _listed(services: Services, shared: SharedDashboard, sharer: User | None) -> Object:
    """Attributes of a shared dashboard in the v2 format."""
    shown = _shown(services, shared)
    created = shared.created.isoformat()
    return {
        "created_at": created,
        "embeddable_domains": [],
        "expiration": shown["expiration"],
        "global_time": shown["global_time"] or {},
        "global_time_selectable": shown["global_time_selectable_enabled"],
        "invitees": [
            {"access_expiration": None, "created_at": created, "email": email}
            for email in share_store.invited(shared.body)
        ],
        "last_accessed": shown["last_accessed"],
        "selectable_template_vars": [_selectable(one) for one in shown["selectable_template_vars"] or []],
        "share_type": shown["share_type"],
        "sharer_disabled": sharer is None or sharer.disabled,
        "status": shown["status"],
        "title": shown.get("title") or "",
        "token": shared.token,
        "url": shown["public_url"],
        "viewing_preferences": {"high_density": False, "theme": "system", **shown["viewing_preferences"]},
        "password_protected": shown["password_protected"],
    }


def _selectable(given: Object) -> Object:
    default, tags = given.get("default_value"), given.get("visible_tags") or []
    return {
        "allow_any_value": not tags,
        "default_values": [str(default)] if default else [],
        "name": str(given.get("name") or ""),
        "prefix": str(given.get("prefix") or ""),
        "type": str(given.get("type") or ""),
        "visible_tags": tags,
    }


async def _add(
    request: Request[Any, Any, Any], db: AsyncSession, dashboard: Dashboard, body: Object
) -> SharedDashboard:
    principal, now = principal_of(request), datetime.now(UTC)
    check_may_share(principal)
    made = SharedDashboard(
        token=share_store.new_token(),
        dashboard_id=dashboard.id,
        author_id=principal.user_id,
        author_handle=principal.email,
        author_name=principal.name or None,
        created=now,
        expires=share_store.expiration(body),
        accessed=None,
        body=body,
    )
    db.add(made)
    await db.flush()
    return made


@post(_PUBLIC, status_code=200, guards=[writer_guard])
async def share(request: Request[Any, Any, Any], data: Object) -> Object:
    services = services_of(request)
    kind, identity = data.get("dashboard_type"), str(data.get("dashboard_id") or "")
    if kind not in share_store.TYPES:
        raise bad_request(
            f"Invalid 'dashboard_type': {kind!r}. Expected one of {', '.join(share_store.TYPES)}"
        )
    if found := share_store.problems(data):
        raise ApiError(400, *found)
    async with services.database.session() as db:
        dashboard = await store.find(db, identity)
        if dashboard is None:
            raise ApiError(404, f"{kind} {identity} not found")
        body = {
            "title": dashboard.title,
            **share_store.settings_of(data),
            "dashboard_id": dashboard.id,
            "dashboard_type": kind,
        }
        made = await _add(request, db, dashboard, body)
        await share_store.set_password(made, data)
        return _shown(services, made)


@get(_PUBLIC + "/{token:str}", guards=[user_guard])
async def get_shared(request: Request[Any, Any, Any], token: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        return _shown(services, await share_store.find(db, token))


@put(_PUBLIC + "/{token:str}", guards=[writer_guard])
async def update_shared(request: Request[Any, Any, Any], token: str, data: Object) -> Object:
    services = services_of(request)
    if found := share_store.problems(data):
        raise ApiError(400, *found)
    async with services.database.session() as db:
        shared = await share_store.find(db, token)
        await check_may_change(db, principal_of(request), shared.dashboard_id)
        shared.body = {**shared.body, **share_store.settings_of(data)}
        await share_store.set_password(shared, data)
        if "expiration" in data:
            shared.expires = share_store.expiration(data)
        return _shown(services, shared)


@delete(_PUBLIC + "/{token:str}", status_code=200, guards=[writer_guard])
async def revoke(request: Request[Any, Any, Any], token: str) -> Object:
    """The address shows nothing from this moment."""
    async with services_of(request).database.session() as db:
        await db.delete(await share_store.find(db, token))
    return {"deleted_public_dashboard_token": token}


def _invitation(made: SharedDashboardInvitation) -> Object:
    return {
        "type": "public_dashboard_invitation",
        "attributes": {
            "email": made.email,
            "created_at": made.created.isoformat(),
            "invitation_expiry": made.expires.isoformat(),
            "session_expiry": None,
            "has_session": False,
            "share_token": made.token,
        },
    }


def invitation_notice(title: str, sender: str, link: str) -> Notice:
    """Mail that invites a person to a shared dashboard."""
    subject = f"{sender} shared a dashboard with you: {title}"
    body = f"{sender} shared the dashboard **{title}** with you. The link is yours alone."
    html = page(
        heading=title, kind="info", body=body, facts=[("Shared by", sender)], link=link,
        action="Open dashboard", graph=False,
    )  # fmt: skip
    return Notice(subject, f"{sender} shared the dashboard {title} with you:\n\n{link}\n", html)


def _emails(data: Object) -> list[str]:
    given = data.get("data")
    items = given if isinstance(given, list) else [given]
    found = [object_in(one, "attributes").get("email") for one in items if isinstance(one, dict)]
    if not found or not all(isinstance(one, str) and "@" in one for one in found):
        raise bad_request("Invalid 'data'. Expected invitations with 'attributes.email'")
    if len(found) > share_store.MAX_INVITATIONS:
        raise bad_request(f"Invalid 'data'. Expected at most {share_store.MAX_INVITATIONS} invitations")
    return [str(one) for one in found]


@post(_PUBLIC + "/{token:str}/invitation", status_code=201, guards=[writer_guard])
async def invite(request: Request[Any, Any, Any], token: str, data: Object) -> Object:
    """Invite people to a dashboard, by mail. ``meta.links`` has the URL of each invitation, by email; it is
    returned only once, to be passed on if no mail server is configured.
    """
    services, now = services_of(request), datetime.now(UTC)
    emails = _emails(data)
    links = {}
    async with services.database.session() as db:
        shared = await share_store.find(db, token)
        made = []
        for email in emails:
            invitation, key = await share_store.invite(db, shared, email, now)
            made.append(invitation)
            links[email] = f"{_url(services, token)}?key={key}"
            sender = principal_of(request).name or principal_of(request).email
            notice = invitation_notice(shared.body.get("title") or "A dashboard", sender, links[email])
            send_to(db, [Recipient("email", email)], notice, now)
    shown = [_invitation(one) for one in made]
    single = not isinstance(data.get("data"), list)
    return {
        "data": shown[0] if single else shown,
        "meta": {"page": {"total_count": len(shown)}, "links": links},
    }


@get(_PUBLIC + "/{token:str}/invitation", guards=[user_guard])
async def invitations(request: Request[Any, Any, Any], token: str) -> Object:
    given = request.query_params
    size = whole_parameter("page_size", given.get("page_size"), 100, 1000)
    number = whole_parameter("page_number", given.get("page_number"), 0)
    async with services_of(request).database.session() as db:
        shared = await share_store.find(db, token)
        of = SharedDashboardInvitation.token == shared.token
        total = await db.scalar(select(func.count()).select_from(SharedDashboardInvitation).where(of)) or 0
        query = select(SharedDashboardInvitation).where(of).order_by(SharedDashboardInvitation.id)
        found = (await db.scalars(query.offset(size * number).limit(size))).all()
    return {"data": [_invitation(one) for one in found], "meta": {"page": {"total_count": total}}}


@delete(_PUBLIC + "/{token:str}/invitation", status_code=204, guards=[writer_guard])
async def uninvite(request: Request[Any, Any, Any], token: str, data: Object) -> None:
    emails = _emails(data)
    async with services_of(request).database.session() as db:
        shared = await share_store.find(db, token)
        await db.execute(
            delete_rows(SharedDashboardInvitation).where(
                SharedDashboardInvitation.token == shared.token, SharedDashboardInvitation.email.in_(emails)
            )
        )


@get("/api/v2/dashboard/{dashboard_id:str}/shared", guards=[user_guard])
async def shares_of(request: Request[Any, Any, Any], dashboard_id: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        dashboard = await store.find(db, dashboard_id)
        if dashboard is None:
            raise ApiError(404, f"Dashboard with ID {dashboard_id} not found")
        query = select(SharedDashboard).where(SharedDashboard.dashboard_id == dashboard.id)
        found = (await db.scalars(query.order_by(SharedDashboard.created))).all()
        people = {one.author_id: await db.get(User, one.author_id) for one in found if one.author_id}
    shown = []
    for one in found:
        person = people.get(one.author_id) if one.author_id else None
        sharer = {"id": person.uuid if person else "", "type": "user"}
        shown.append(
            {
                "id": one.token,
                "type": "shared_dashboard",
                "attributes": _listed(services, one, person),
                "relationships": {
                    "dashboard": {"data": {"id": dashboard.id, "type": "dashboard"}},
                    "sharer": {"data": sharer},
                },
            }
        )
    included: list[Object] = [
        {"id": dashboard.id, "type": "dashboard", "attributes": {"title": dashboard.title}}
    ]
    included += [
        {"id": one.uuid, "type": "user", "attributes": {"handle": one.email, "name": one.name}}
        for one in people.values()
        if one is not None
    ]
    return {"data": shown, "included": included}


@post("/api/v1/screen/share/{board_id:str}", status_code=200, guards=[writer_guard])
async def share_screen(request: Request[Any, Any, Any], board_id: str) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        dashboard = await store.find(db, board_id)
        if dashboard is None:
            raise ApiError(404, f"Unable to find Screenboard for id {board_id}")
        body = {
            "title": dashboard.title,
            "dashboard_id": dashboard.id,
            "dashboard_type": "custom_screenboard",
            "global_time_selectable_enabled": True,
        }
        made = await _add(request, db, dashboard, body)
        return {"board_id": dashboard.number, "public_url": _url(services, made.token)}


@delete("/api/v1/screen/share/{board_id:str}", status_code=200, guards=[writer_guard])
async def unshare_screen(request: Request[Any, Any, Any], board_id: str) -> Response[None]:
    async with services_of(request).database.session() as db:
        dashboard = await store.find(db, board_id)
        if dashboard is None:
            raise ApiError(404, f"Unable to find Screenboard for id {board_id}")
        await db.execute(delete_rows(SharedDashboard).where(SharedDashboard.dashboard_id == dashboard.id))
    return Response(None)


handlers: list[ControllerRouterHandler] = [
    share, get_shared, update_shared, revoke, invite, invitations, uninvite, shares_of,
    share_screen, unshare_screen,
]  # fmt: skip
