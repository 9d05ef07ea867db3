from __future__ import annotations

import pytest

from tests.unit.accounts.conftest import KEYS, App, app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]


@pytest.mark.parametrize(
    "path", ["/api/v2/users", "/api/v2/users/nobody", "/api/ui/me", "/api/nothing", "/api/openapi"]
)
async def test_every_answer_of_the_api_is_neither_stored_nor_guessed_at(app: App, path: str) -> None:
    headers = (await app.get(path, headers=KEYS)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_the_description_of_the_api_loads_no_scripts(app: App) -> None:
    described = await app.get("/api/openapi")
    assert described.json()["info"]["title"] == "Heeler"
    for page in ("swagger", "redoc", "elements", "rapidoc", "scalar"):
        assert (await app.get(f"/api/openapi/{page}")).status_code == 404
