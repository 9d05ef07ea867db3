"""Endpoints of the remote configuration of tracers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.apm.model import TracerConfiguration
from heeler.apm.tracer_configs import (
    MAX_CONFIGURATIONS,
    ConfigError,
    TracerReport,
    TracerReports,
    checked,
)

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]
_PATH = "/api/ui/apm/tracer-configurations"
_MOST_SERVICE, _MOST_ENV = 100, 200


@get(_PATH, guards=[user_guard])
async def list_configurations(request: HttpRequest) -> Object:
    """All configurations with the tracers that have them, and all tracers that can be configured."""
    services = services_of(request)
    reports = services.part(TracerReports).current()
    async with services.database.session() as db:
        found = (await db.scalars(select(TracerConfiguration))).all()
    return {
        "configurations": [
            _shown(one, [report for report in reports if report.config == one.id]) for one in found
        ],
        "tracers": [
            {
                "service": one.service,
                "env": one.env,
                "language": one.language,
                "tracer_version": one.tracer_version,
            }
            for one in reports
        ],
    }


@put(_PATH, guards=[writer_guard])
async def put_configuration(request: HttpRequest) -> Object:
    """Set what the tracers of a service in an environment (``*``: any) are configured to."""
    body = await request.json()
    if not isinstance(body, dict) or not isinstance(body.get("options"), dict):
        raise bad_request("The body must be {'service': ..., 'env': ..., 'options': {...}}.")
    service, env = _name(body, "service", _MOST_SERVICE), _name(body, "env", _MOST_ENV)
    try:
        options = checked(body["options"])
    except ConfigError as error:
        raise bad_request(str(error)) from None
    identity = _identity(service, env)
    async with services_of(request).database.session() as db:
        found = await db.get(TracerConfiguration, identity)
        if found is None:
            count = await db.scalar(select(func.count()).select_from(TracerConfiguration))
            if (count or 0) >= MAX_CONFIGURATIONS:
                raise bad_request(f"There are {MAX_CONFIGURATIONS} configurations of tracers already.")
            found = TracerConfiguration(id=identity, service=service, env=env)
            db.add(found)
        found.document = options
        found.modified = datetime.fromtimestamp(services_of(request).now(), UTC)
        found.modified_by = principal_of(request).email
        return _shown(found, [])


@delete(f"{_PATH}/{{identity:str}}", guards=[writer_guard], status_code=200)
async def delete_configuration(request: HttpRequest, identity: str) -> Object:
    """Tracers return to what they were started with."""
    async with services_of(request).database.session() as db:
        found = await db.get(TracerConfiguration, identity)
        if found is None:
            raise not_found(f"Configuration {identity[:50]}")
        await db.delete(found)
    return {}


def _name(body: Object, key: str, most: int) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
        raise bad_request(f"Invalid {key}. Expected 1 to {most} characters, or * for any.")
    return value.strip()


def _identity(service: str, env: str) -> str:
    return hashlib.blake2b(f"{service}\0{env}".encode(), digest_size=16).hexdigest()


def _shown(one: TracerConfiguration, reports: list[TracerReport]) -> Object:
    return {
        "id": one.id,
        "service": one.service,
        "env": one.env,
        "options": one.document,
        "modified": one.modified.timestamp(),
        "modified_by": one.modified_by,
        "tracers": [
            {
                "language": report.language,
                "tracer_version": report.tracer_version,
                "state": report.state,
                "error": report.error,
            }
            for report in reports
        ],
    }


handlers: list[ControllerRouterHandler] = [list_configurations, put_configuration, delete_configuration]
