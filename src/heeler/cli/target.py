"""The Heeler server that a command calls: a remote one with given keys, or the local one with temporary
keys that are revoked when the command ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from heeler.cli.common import open_database
from heeler.settings import Settings

if TYPE_CHECKING:
    from heeler.importers.client import HttpApi

ANY_ADDRESS = ("0.0.0.0/0", "::/0")
"""A command may call any address that its user may call; the SSRF guard is for the web app."""
_LIFETIME = timedelta(hours=48)


@asynccontextmanager
async def target_api(
    settings: Settings, url: str | None, api_key: str | None, app_key: str | None
) -> AsyncIterator[HttpApi]:
    """API of the server at ``url``, or of the local one with the data folder of ``settings``."""
    from heeler.importers.client import HttpApi

    if url:
        if not api_key or not app_key:
            raise click.ClickException(
                f"Keys of {url} are needed, as options or in HEELER_API_KEY and HEELER_APP_KEY"
            )
        yield HttpApi(url, api_key, app_key, private_targets=ANY_ADDRESS)
        return
    async with _temporary_keys(settings) as (own_api_key, own_app_key):
        yield HttpApi(settings.local_url, own_api_key, own_app_key, private_targets=ANY_ADDRESS)


@asynccontextmanager
async def _temporary_keys(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """Create temporary keys of the first administrator."""
    from heeler.accounts import store
    from heeler.accounts.model import Key

    if not settings.data_dir.is_dir():
        raise click.ClickException(
            f"There is no data folder {settings.data_dir} (--data or HEELER_DATA). To call the server of "
            "another machine give its address and keys."
        )
    async with open_database(settings) as db:
        owner = next(iter(await store.administrators(db)), None)
        if owner is None:
            raise click.ClickException("There is no administrator yet; start the server once")
        expires = datetime.now(UTC) + _LIFETIME
        api, api_secret = await store.create_key(db, "api", "heeler import", owner.id, expires=expires)
        app, app_secret = await store.create_key(db, "app", "heeler import", owner.id, expires=expires)
        ids = (api.id, app.id)
    try:
        yield api_secret, app_secret
    finally:
        async with open_database(settings) as db:
            for id_ in ids:
                key = await db.get(Key, id_)
                if key is not None:
                    key.revoked = datetime.now(UTC)
