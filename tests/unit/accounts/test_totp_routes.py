from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts import totp
from heeler.accounts.totp_routes import qr_code
from heeler.api.services import Services
from tests.conftest import ADMIN_PASSWORD
from tests.unit.accounts.conftest import log_in
from tests.unit.api_app import App, Caller, admin, reader

__all__ = ["admin", "reader"]

TOTP = "/api/ui/totp"


async def enrolled(app: App, services: Services) -> dict[str, Any]:
    await log_in(app)
    secret = (await app.post(f"{TOTP}/enrollment")).json()["secret"]
    return {
        "secret": secret,
        "code": totp.code_at(secret, int(services.now() // 30)),
        "password": ADMIN_PASSWORD,
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code": "000000"}, 400), ({"code": ""}, 400), ({"code": "²²²²²²"}, 400), ({"code": 123456}, 400),
        ({"secret": ""}, 400), ({"secret": "not base32!"}, 400), ({"secret": "A"}, 400), ({"secret": None},
        400),
        ({"password": "wrong"}, 403), ({"password": None}, 400),
    ],
)  # fmt: skip
async def test_nothing_is_on_before_everything_is_right(
    app: App, services: Services, change: dict[str, Any], status: int
) -> None:
    right = await enrolled(app, services)
    if change.get("code") == right["code"]:
        change = {"code": "111111"}
    answer = await app.post(TOTP, json={**right, **change})
    assert (answer.status_code, bool(answer.json()["errors"])) == (status, True)
    assert (await app.get(TOTP)).json() == {
        "enabled": False, "available": True, "required": False, "recovery_codes_left": 0,
    }  # fmt: skip
    assert (await app.post(f"{TOTP}/recovery_codes", json={"password": ADMIN_PASSWORD})).status_code == 400


async def test_recovery_codes_are_renewed_with_the_password(app: App, services: Services) -> None:
    first = (await app.post(TOTP, json=await enrolled(app, services))).json()["codes"]
    assert (await app.post(f"{TOTP}/recovery_codes", json={"password": "wrong"})).status_code == 403
    second = (await app.post(f"{TOTP}/recovery_codes", json={"password": ADMIN_PASSWORD})).json()["codes"]
    assert not set(first) & set(second)
    assert (await app.get(TOTP)).json()["recovery_codes_left"] == totp.RECOVERY_CODES
    assert (await app.post(f"{TOTP}/disable", json={"password": ADMIN_PASSWORD})).status_code == 204
    assert (await app.get(TOTP)).json()["enabled"] is False


async def test_keys_come_near_no_second_factor_but_others(admin: Caller, reader: Caller) -> None:
    for method, path in (("GET", TOTP), ("POST", f"{TOTP}/enrollment"), ("POST", f"{TOTP}/disable")):
        await admin.refused(method, path, {"password": ADMIN_PASSWORD} if method == "POST" else None, 403)
    me, other = [(await one.get("/api/v2/current_user"))["data"]["id"] for one in (admin, reader)]
    await admin.refused("DELETE", f"/api/ui/users/{me}/totp")
    await reader.refused("DELETE", f"/api/ui/users/{me}/totp", status=403)
    for _ in range(2):
        await admin.delete(f"/api/ui/users/{other.upper()}/totp", 204)


def test_a_code_has_its_quiet_zone_and_nothing_to_run() -> None:
    drawn = qr_code("otpauth://totp/x?secret=ABC&issuer=<script>")
    assert drawn.startswith("<svg")
    assert "script" not in drawn
