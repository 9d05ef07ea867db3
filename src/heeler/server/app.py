"""Assembles the server: settings in, one ASGI application out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException, NotFoundException, SerializationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from heeler import __version__
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.accounts.bootstrap import FirstCredentials, bootstrap
from heeler.api.errors import ApiError
from heeler.api.request_bodies import MAX_API_BODY
from heeler.api.services import Services
from heeler.audit import trail
from heeler.downtimes.store import host_mutes
from heeler.intake.app import error_of
from heeler.logs.query_source import log_series
from heeler.monitors.names import monitor_names
from heeler.notify.outbox import send_mails, send_secret_mail
from heeler.query.metrics.segment_store import open_files
from heeler.restrictions.policies import DatabaseAccessPolicies
from heeler.server.api_request import ApiRequest
from heeler.server.crash_handler import leave_stack
from heeler.server.data_directory import secure
from heeler.server.database_migrations import upgrade
from heeler.server.lock import one_at_a_time, only_server
from heeler.server.memory_trim import keep_little
from heeler.server.response_headers import protect
from heeler.server.route_groups import grouped
from heeler.server.routes import background_tasks, route_handlers, shared_tasks
from heeler.server.static import WebApp, not_found
from heeler.server.task_supervisor import keep_going
from heeler.settings import Settings
from heeler.slos.series import slo_series
from heeler.slos.store import slos_of_monitor
from heeler.store import partial_answers
from heeler.store.change_feed import ChangeFeed
from heeler.store.database import (
    DATABASE_BUSY,
    MAX_INTEGER,
    MIN_INTEGER,
    Database,
    ValueNotStorable,
    database_problem,
)
from heeler.store.deduplication import remember_tokens
from heeler.store.disk import DiskGuard
from heeler.store.disk_reserve import Reserve
from heeler.store.engine import (
    QUERY_LIMITS,
    Engine,
    EngineBusy,
    EngineMemoryLimit,
    EngineTimeout,
    EngineUnavailable,
)
from heeler.store.group_commit import RowsRejected, StoreFailed
from heeler.store.migrate import migrate
from heeler.store.retention import apply_ttl, days_kept, hours_kept
from heeler.store.rollup import Rollups
from heeler.store.shared_rollups import SharedRollups
from heeler.store.wal import LOGGED, WriteAheadLog
from heeler.store.writer import DiskFull, StoreFull, Writer
from heeler.wire.body_limits import LimitExceeded

log = logging.getLogger("heeler.server")

#: Where the installer puts the built web app.
WEB_APP = Path(__file__).parent.parent / "_ui"


@contextlib.asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[tuple[Services, FirstCredentials | None]]:
    """All services of the server, opened in order and closed in reverse, also on errors.

    Raises :class:`~heeler.server.lock.DataInUse` when another server has the data folder, and
    :class:`~heeler.server.data_directory.DataFolderError` when its permissions cannot be restricted.
    """
    secure(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(only_server(settings.data_dir))
        keep_little()
        engine = await stack.enter_async_context(await asyncio.to_thread(Engine, settings.store_dsn))
        leave_stack()
        place = settings.data_dir / "segments", settings.segment_file_bytes, settings.retention_days
        await asyncio.to_thread(open_files, engine, *place)
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        async with one_at_a_time(database):
            await asyncio.to_thread(migrate, engine)
            await asyncio.to_thread(remember_tokens, engine)
            await asyncio.to_thread(apply_ttl, engine, days_kept(settings), hours_kept(settings))
            await upgrade(database)
            credentials = await bootstrap(database, settings)
        feed = ChangeFeed(database)
        stack.callback(feed.close)
        guard = DiskGuard(settings.data_dir, settings.disk_floor_bytes, reserve=Reserve(settings.data_dir))
        rollups = Rollups(engine) if engine.embedded else SharedRollups(engine)
        await asyncio.to_thread(rollups.load)
        logs = [
            WriteAheadLog(settings.data_dir / "wal" / name, engine.insert, of) for name, of in LOGGED.items()
        ]
        recovered = [digest for one in logs for digest in await one.recover()]
        writer = Writer(
            engine,
            logs=logs,
            has_room=guard.has_room,
            before={"points": rollups.before_points},
            after={"points": rollups.after_points},
        )
        writer.know(recovered)
        services = Services(
            settings=settings,
            engine=engine,
            writer=writer,
            database=database,
            authenticator=DatabaseAuthenticator(database, settings.url),
            disk=guard,
            rollups=rollups,
            access=DatabaseAccessPolicies(database),
            send_mails=send_mails,
            send_secret_mail=send_secret_mail,
            host_mutes=host_mutes,
            monitor_names=monitor_names,
            slos_of_monitor=slos_of_monitor,
            sources={"slo": slo_series, "logs": log_series},
        )
        stack.callback(services.renderer.close)
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(keep_going("writer", writer.run), name="writer")
            logging_ahead = [tasks.create_task(keep_going("write-ahead log", one.run)) for one in logs]
            await writer.settle()
            work: list[tuple[str, Callable[[], Awaitable[None]]]]
            work = [(task.__name__, partial(task, services)) for task in background_tasks]
            work += [
                (task.__name__, partial(services.leases.while_held, lease, partial(task, services)))
                for lease, task in shared_tasks
            ]
            work += [("leases", services.leases.run), ("change feed", feed.run)]
            others = [tasks.create_task(keep_going(name, call), name=name) for name, call in work]
            try:
                yield services, credentials
            finally:
                for other in others:
                    other.cancel()
                writer.close()
                await writing
                for one in logs:
                    one.close()
                await asyncio.gather(*logging_ahead)


def create_app(services: Services) -> Litestar:
    """The application over open services; the caller owns the services."""

    def on_app_init(config: AppConfig) -> AppConfig:
        config.state.services = services
        config.state.web_app = WebApp(WEB_APP, services.settings.public_url)
        return config

    return Litestar(
        route_handlers=grouped(route_handlers),
        on_app_init=[on_app_init],
        exception_handlers=EXCEPTION_HANDLERS,
        before_request=_begin,
        before_send=[trail.finish, protect],
        openapi_config=_openapi(),
        request_class=ApiRequest,
        request_max_body_size=min(services.settings.max_body_bytes, MAX_API_BODY),
        logging_config=None,
    )


async def _begin(request: Request) -> None:  # type: ignore[type-arg]
    trail.begin(request.scope)
    partial_answers.allow()
    for name, value in request.path_params.items():
        if isinstance(value, int) and not MIN_INTEGER <= value <= MAX_INTEGER:
            raise ApiError(404, f"{name} is not the id of anything: ids have at most 64 bits")


def _openapi() -> OpenAPIConfig:
    """The OpenAPI description as JSON and YAML, without the framework's pages, which load third-party
    scripts.
    """
    return OpenAPIConfig(
        title="Heeler",
        version=__version__,
        path="/api/openapi",
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"]), YamlRenderPlugin()],
    )


def _api_error(_: Request, error: ApiError) -> Response:  # type: ignore[type-arg]
    return Response(error.body, status_code=error.status, headers=error.headers)


def _sent_name(request: Request, name: str) -> str:  # type: ignore[type-arg]
    """What clients call the parameter ``name`` of the handler of a request."""
    handler = request.scope.get("route_handler")
    field = handler.parsed_fn_signature.parameters.get(name) if handler is not None else None
    return getattr(field.kwarg_definition, "query", None) or name if field is not None else name


def _http_error(request: Request, error: HTTPException) -> Response:  # type: ignore[type-arg]
    messages = [error.detail or "Bad request"]
    if error.extra:
        messages += [
            f"{_sent_name(request, item.get('key', ''))}: {item.get('message', '')}".lstrip(": ")
            if isinstance(item, dict)
            else str(item)
            for item in (error.extra if isinstance(error.extra, list) else [error.extra])
        ]
    return Response({"errors": messages}, status_code=error.status_code, headers=error.headers)


def _unreadable(request: Request, error: SerializationException) -> Response:  # type: ignore[type-arg]
    """A body that is not JSON is its sender's error; an answer that cannot be written is ours."""
    if isinstance(error.__cause__, RecursionError):
        return _too_deep(request, error.__cause__)
    if isinstance(error.__cause__, msgspec.DecodeError | UnicodeDecodeError):
        return Response({"errors": [f"The body is not valid JSON: {error.__cause__}"]}, status_code=400)
    return _unexpected(request, error)


def _too_deep(request: Request, error: RecursionError) -> Response:  # type: ignore[type-arg]
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return Response({"errors": ["The request is nested too deeply."]}, status_code=400)


def _not_utf8(_: Request, error: UnicodeDecodeError) -> Response:  # type: ignore[type-arg]
    return Response({"errors": [f"The request is not valid UTF-8: {error.reason}"]}, status_code=400)


def _not_storable(_: Request, error: ValueNotStorable) -> Response:  # type: ignore[type-arg]
    return Response({"errors": [str(error)]}, status_code=400)


def _conflict(request: Request, error: IntegrityError) -> Response:  # type: ignore[type-arg]
    """A 409 for concurrent requests that create the same object: the second fails at its write."""
    log.warning("%s %s: refused by the database: %s", request.method, request.url.path, error.orig)
    text = "The same was created or changed by another request at the same time. Look, and send it again."
    return Response({"errors": [text]}, status_code=409)


def _gone(request: Request, error: StaleDataError | ObjectDeletedError) -> Response:  # type: ignore[type-arg]
    """A 409 for a change of what another request deleted after it was found."""
    log.warning("%s %s: %s", request.method, request.url.path, error)
    text = "This was deleted by another request at the same time. Look, and send it again."
    return Response({"errors": [text]}, status_code=409)


def _database_failed(request: Request, error: DatabaseError) -> Response:  # type: ignore[type-arg]
    """Error response for a failure of the configuration database, with the remedy."""
    problem = database_problem(str(error.orig))
    if problem is None:
        return _unexpected(request, error)
    log.error("%s %s: the configuration database failed: %s", request.method, request.url.path, error.orig)
    return Response({"errors": [problem[1]]}, status_code=problem[0], headers={"Retry-After": "5"})


def _database_busy(request: Request, error: PoolTimeout) -> Response:  # type: ignore[type-arg]
    log.warning(
        "%s %s: no connection to the configuration database was free", request.method, request.url.path
    )
    status, message = DATABASE_BUSY
    return Response({"errors": [message]}, status_code=status, headers={"Retry-After": "5"})


def _not_written(request: Request, error: Exception) -> Response:  # type: ignore[type-arg]
    """Error response for exceptions of the writer, as the intake returns it."""
    known = error_of(error)
    return _unexpected(request, error) if known is None else _api_error(request, known)


def _store_timeout(request: Request, error: EngineTimeout) -> Response:  # type: ignore[type-arg]
    log.warning("%s %s: the store gave up: %s", request.method, request.url.path, error)
    return Response(
        {
            "errors": [
                f"The store did not answer within {QUERY_LIMITS['max_execution_time']} seconds: "
                "use a shorter time range or a narrower scope."
            ]
        },
        status_code=504,
    )


def _store_busy(_: Request, error: EngineBusy) -> Response:  # type: ignore[type-arg]
    return Response({"errors": [str(error)]}, status_code=503, headers={"Retry-After": "2"})


def _store_unavailable(request: Request, error: EngineUnavailable) -> Response:  # type: ignore[type-arg]
    log.warning("%s %s: the store is unavailable: %s", request.method, request.url.path, error)
    return Response(
        {
            "errors": [
                "The store, or a part of it, does not answer; the server's log says why. "
                "Send the request again in some seconds."
            ]
        },
        status_code=503,
        headers={"Retry-After": "5"},
    )


def _store_memory(request: Request, error: EngineMemoryLimit) -> Response:  # type: ignore[type-arg]
    log.warning("%s %s: the store gave up: %s", request.method, request.url.path, error)
    return Response(
        {
            "errors": [
                f"The query needs more than {QUERY_LIMITS['max_memory_usage'] >> 30} GiB of memory: "
                "use a shorter time range or a narrower scope."
            ]
        },
        status_code=400,
    )


def _unexpected(request: Request, error: Exception) -> Response:  # type: ignore[type-arg]
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Response(
        {"errors": [f"Internal error ({type(error).__name__}); the server's log has the details."]},
        status_code=500,
    )


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    ApiError: _api_error,
    NotFoundException: not_found,
    HTTPException: _http_error,
    SerializationException: _unreadable,
    UnicodeDecodeError: _not_utf8,
    RecursionError: _too_deep,
    ValueNotStorable: _not_storable,
    IntegrityError: _conflict,
    StaleDataError: _gone,
    ObjectDeletedError: _gone,
    DatabaseError: _database_failed,
    PoolTimeout: _database_busy,
    **dict.fromkeys((StoreFull, DiskFull, StoreFailed, RowsRejected, LimitExceeded), _not_written),
    EngineBusy: _store_busy,
    EngineTimeout: _store_timeout,
    EngineUnavailable: _store_unavailable,
    EngineMemoryLimit: _store_memory,
    Exception: _unexpected,
}
