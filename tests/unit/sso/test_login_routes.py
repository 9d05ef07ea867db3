from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.settings import Settings
from heeler.sso.login_routes import OidcLogin, _local
from tests.unit.api_app import App, Caller


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/logs?a=1#b", "/logs?a=1#b"), ("", "/"), ("logs", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"), ("/a\nSet-Cookie: b", "/"), ("/" + "a" * 1000, "/"), ("/ä", "/ä"),
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(path: str, wanted: str) -> None:
    assert _local(path) == wanted


def login() -> OidcLogin:
    settings = replace(Settings.from_env({"HOME": "/"}), oidc_issuer="https://id.example.com")
    return OidcLogin(cast("Services", SimpleNamespace(settings=settings)))


def test_a_state_is_opened_by_the_server_that_sealed_it() -> None:
    one, held = login(), {"state": "s", "next": "/ä"}
    sealed = one.sealed(held)
    assert one.opened(sealed) == held
    text, _, signature = sealed.partition(".")
    for forged in (
        "",
        ".",
        text,
        sealed + "0",
        f"{text}A.{signature}",
        f".{signature}",
        "🚀.🚀",
        f"{text}.é",
    ):
        with pytest.raises(ApiError):
            one.opened(forged)
    with pytest.raises(ApiError):
        login().opened(sealed)


async def test_the_login_page_is_told_of_its_ways(
    app: App, admin: Caller, nobody: Caller, services: Services
) -> None:
    wanted = {"organization": "Heeler", "oidc": False, "password": True, "mail": False}
    assert await nobody.get("/api/ui/login/methods") == wanted
    services.settings = replace(
        services.settings, oidc_issuer="https://id.example.com", smtp_url="smtp://mail"
    )
    required = {"data": {"type": "org_configs", "attributes": {"value": True}}}
    await admin.patch("/api/v2/org_configs/sso_required", required)
    assert await nobody.get("/api/ui/login/methods") == {
        **wanted,
        "oidc": True,
        "password": False,
        "mail": True,
    }


@pytest.mark.parametrize(
    ("cookie", "query"),
    [
        (None, "code=a&state=b"),
        ("x.y", "code=a&state=b"),
        ("é", ""),
        (None, "error=access_denied&error_description=no"),
    ],
)
async def test_an_answer_without_a_login_goes_back_with_the_reason(
    app: App, services: Services, cookie: str | None, query: str
) -> None:
    services.settings = replace(services.settings, oidc_issuer="https://id.example.com")
    headers = {} if cookie is None else {"Cookie": f"heeler_oidc={cookie}".encode()}
    answer = await app.get(
        f"/api/ui/oidc/callback?{query}", headers=cast("Any", headers), follow_redirects=False
    )
    assert answer.status_code == 302
    assert "/?login_error=" in answer.headers["location"]
    assert "heeler_session" not in answer.headers.get("set-cookie", "")


async def test_there_is_no_such_login_without_a_provider(nobody: Caller) -> None:
    await asyncio.gather(
        nobody.refused("GET", "/api/ui/oidc/login", status=404),
        nobody.refused("GET", "/api/ui/oidc/callback", status=404),
    )
