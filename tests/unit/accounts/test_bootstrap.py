from __future__ import annotations

from pathlib import Path

from heeler.accounts.bootstrap import FirstCredentials, bootstrap
from heeler.server.database_migrations import upgrade
from heeler.server.serve import welcome
from heeler.settings import Settings
from heeler.store.database import Database
from tests.conftest import API_KEY
from tests.unit.accounts.conftest import ENVIRONMENT


async def first_start(settings: Settings) -> list[FirstCredentials | None]:
    database = Database(settings.database_url)
    await upgrade(database)
    try:
        return [await bootstrap(database, settings) for _ in range(2)]
    finally:
        await database.close()


async def test_secrets_that_were_given_are_never_printed(tmp_path: Path) -> None:
    settings = Settings.from_env(ENVIRONMENT, data_dir=tmp_path)
    made, again = await first_start(settings)
    assert again is None
    assert made is not None
    printed = welcome(settings, made)
    assert ENVIRONMENT["HEELER_ADMIN_EMAIL"] in printed
    for name in ("HEELER_API_KEY", "HEELER_APP_KEY", "HEELER_ADMIN_PASSWORD"):
        assert ENVIRONMENT[name] not in printed


async def test_only_what_was_generated_is_printed(tmp_path: Path) -> None:
    settings = Settings.from_env({"HEELER_API_KEY": API_KEY}, data_dir=tmp_path)
    made, _ = await first_start(settings)
    assert made is not None
    printed = welcome(settings, made)
    assert made.password in printed
    assert made.app_key in printed
    assert len(made.app_key) == 40
    assert API_KEY not in printed
