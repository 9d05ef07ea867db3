"""Endpoints of global variables of synthetic tests: ``/api/v1/synthetics/variables``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.synthetics.model import GlobalVariable
from heeler.synthetics.serializers import variable_object
from heeler.synthetics.validation import checked_variable

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]
_PATH = "/api/v1/synthetics/variables"
MAX_VARIABLES = 1000
MAX_VALUE = 10_000


def _apply(variable: GlobalVariable, fields: Object, now: float) -> None:
    given = fields["value"]
    if given is not None:
        secure = bool(given.get("secure", False))
        if "value" in given:
            value = str(given["value"])
            if len(value) > MAX_VALUE:
                raise bad_request(f"The value has more than {MAX_VALUE:,} characters")
            variable.value = value
        elif not secure and variable.secure:
            raise bad_request("A secure variable can be shown only with a new value")
        variable.secure = secure
    if variable.value is None:
        raise bad_request("Required parameter 'value' is missing")
    variable.name, variable.description, variable.tags = fields["name"], fields["description"], fields["tags"]
    variable.body, variable.modified = fields["body"], datetime.fromtimestamp(now, UTC)


async def _found(db: AsyncSession, variable_id: str) -> GlobalVariable:
    found = await db.get(GlobalVariable, variable_id)
    if found is None:
        raise ApiError(404, "Variable not found")
    return found


async def _check_name(db: AsyncSession, name: str, own: str) -> None:
    taken = await db.scalar(select(GlobalVariable.id).where(GlobalVariable.name == name))
    if taken is not None and taken != own:
        raise ApiError(409, f"There is a variable {name} already")


@get(_PATH, guards=[user_guard])
async def list_variables(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        found = (await db.scalars(select(GlobalVariable).order_by(GlobalVariable.name))).all()
        return {"variables": [variable_object(one) for one in found]}


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_variable(request: HttpRequest, data: Any) -> Object:
    services, fields = services_of(request), checked_variable(data)
    now = datetime.fromtimestamp(services.now(), UTC)
    made = GlobalVariable(id=str(uuid4()), secure=False, created=now)
    _apply(made, fields, services.now())
    async with services.database.session() as db:
        await _check_name(db, made.name, "")
        if len((await db.scalars(select(GlobalVariable.id))).all()) >= MAX_VARIABLES:
            raise bad_request(f"There are {MAX_VARIABLES:,} variables; delete one first")
        db.add(made)
        await db.flush()
        return variable_object(made)


@get(f"{_PATH}/{{variable_id:str}}", guards=[user_guard])
async def get_variable(request: HttpRequest, variable_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return variable_object(await _found(db, variable_id))


@put(f"{_PATH}/{{variable_id:str}}", guards=[writer_guard])
async def update_variable(request: HttpRequest, variable_id: str, data: Any) -> Object:
    services, fields = services_of(request), checked_variable(data)
    async with services.database.session() as db:
        found = await _found(db, variable_id)
        await _check_name(db, fields["name"], variable_id)
        _apply(found, fields, services.now())
        return variable_object(found)


@delete(f"{_PATH}/{{variable_id:str}}", status_code=200, guards=[writer_guard])
async def delete_variable(request: HttpRequest, variable_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, variable_id))


handlers: list[ControllerRouterHandler] = [
    list_variables, create_variable, get_variable, update_variable, delete_variable,
]  # fmt: skip
