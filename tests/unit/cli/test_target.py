from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from sqlalchemy import select, update

from heeler.accounts.bootstrap import bootstrap
from heeler.accounts.model import Key, User
from heeler.cli.common import open_database
from heeler.cli.target import target_api
from heeler.importers.client import HttpApi
from heeler.settings import Settings
from heeler.store.database import Database
from tests.unit.accounts.conftest import ENVIRONMENT


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    made = Settings.from_env(ENVIRONMENT, data_dir=tmp_path)
    async with open_database(made):
        pass
    database = Database(made.database_url)
    await bootstrap(database, made)
    await database.close()
    return made


async def temporary_keys(settings: Settings) -> list[Key]:
    async with open_database(settings) as db:
        return list(await db.scalars(select(Key).where(Key.name == "heeler import")))


async def call(settings: Settings) -> HttpApi:
    async with target_api(settings, None, None, None) as api:
        keys = await temporary_keys(settings)
        assert sorted(key.kind for key in keys) == ["api", "app"]
        assert all(key.revoked is None for key in keys)
        latest = datetime.now(UTC) + timedelta(hours=49)
        assert all(key.expires is not None and key.expires < latest for key in keys)
    return api


async def test_the_keys_of_a_command_end_with_it(settings: Settings) -> None:
    api = await call(settings)
    assert api.url == settings.local_url
    assert api.api_key != api.app_key
    assert all(key.revoked is not None for key in await temporary_keys(settings))
    again = await call_again(settings)
    assert {again.api_key, again.app_key}.isdisjoint({api.api_key, api.app_key})


async def call_again(settings: Settings) -> HttpApi:
    async with target_api(settings, "", None, None) as api:
        return api


async def test_the_keys_end_with_a_command_that_fails(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError):
        async with target_api(settings, None, None, None):
            raise ZeroDivisionError
    keys = await temporary_keys(settings)
    assert len(keys) == 2
    assert all(key.revoked is not None for key in keys)


async def test_without_an_administrator_no_key_is_made(settings: Settings) -> None:
    async with open_database(settings) as db:
        await db.execute(update(User).values(disabled=True))
    with pytest.raises(click.ClickException, match="no administrator"):
        await call_again(settings)
    assert await temporary_keys(settings) == []


async def test_a_folder_that_is_absent_is_not_made(tmp_path: Path) -> None:
    settings = Settings.from_env({}, data_dir=tmp_path / "absent")
    with pytest.raises(click.ClickException, match="no data folder"):
        await call_again(settings)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(("api_key", "app_key"), [(None, None), ("a", None), (None, "b"), ("", "b")])
async def test_another_server_needs_both_keys(
    tmp_path: Path, api_key: str | None, app_key: str | None
) -> None:
    settings = Settings.from_env({}, data_dir=tmp_path / "absent")
    with pytest.raises(click.ClickException, match=r"http://other.*HEELER_API_KEY"):
        async with target_api(settings, "http://other", api_key, app_key):
            pass
    async with target_api(settings, "http://other", "a", "b") as api:
        assert (api.url, api.api_key, api.app_key) == ("http://other", "a", "b")
