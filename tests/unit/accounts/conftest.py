"""The application over a real configuration database, without an engine: what accounts serve needs none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import AsyncTestClient

from heeler.accounts import passwords
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.accounts.bootstrap import bootstrap
from heeler.api.services import Services
from heeler.downtimes.store import host_mutes
from heeler.monitors.names import monitor_names
from heeler.notify.outbox import send_mails, send_secret_mail
from heeler.restrictions.policies import DatabaseAccessPolicies
from heeler.server.app import create_app
from heeler.server.database_migrations import all_tables
from heeler.settings import Settings
from heeler.slos.series import slo_series
from heeler.slos.store import slos_of_monitor
from heeler.store.database import Database
from heeler.store.disk import DiskGuard
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, API_KEY, APP_KEY

App = AsyncTestClient[Any]

ENVIRONMENT = {
    "HEELER_API_KEY": API_KEY,
    "HEELER_APP_KEY": APP_KEY,
    "HEELER_ADMIN_EMAIL": ADMIN_EMAIL,
    "HEELER_ADMIN_PASSWORD": ADMIN_PASSWORD,
}
KEYS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashing is slow on purpose; what is tested here is everything around it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


#: The file of a configuration database after the first start, made once.
_first_start: list[bytes] = []


async def _database_of(folder: Path, settings: Settings) -> Database:
    file = folder.resolve() / "heeler.sqlite"
    assert settings.database_url.endswith(str(file)), settings.database_url
    if _first_start:
        file.write_bytes(_first_start[0])
        return Database(settings.database_url)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await bootstrap(database, settings)
    await database.close()
    _first_start.append(file.read_bytes())
    return database


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings.from_env(ENVIRONMENT, data_dir=tmp_path)
    database = await _database_of(tmp_path, settings)
    yield Services(
        settings=settings,
        engine=cast("Any", None),
        writer=cast("Any", None),
        database=database,
        authenticator=DatabaseAuthenticator(database, settings.url),
        disk=DiskGuard(tmp_path, 0),
        rollups=cast("Any", None),
        access=DatabaseAccessPolicies(database),
        send_mails=send_mails,
        send_secret_mail=send_secret_mail,
        host_mutes=host_mutes,
        monitor_names=monitor_names,
        slos_of_monitor=slos_of_monitor,
        sources={"slo": slo_series},
    )
    await database.close()


@cache
def application() -> Litestar:
    """Made once, since that takes a while; each test gives it services of its own."""
    return create_app(cast("Any", SimpleNamespace(settings=Settings.from_env({"HOME": "/"}))))


@pytest.fixture
async def app(services: Services) -> AsyncIterator[App]:
    application().state.services = services
    async with AsyncTestClient(application(), base_url="http://localhost.local") as client:
        yield client


async def log_in(app: App, email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD) -> None:
    """Log in as a browser: the client holds the cookies from now on."""
    answer = await app.post("/api/ui/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
