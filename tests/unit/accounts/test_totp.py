"""One-time passwords, against the values of RFC 6238, and the second factor of logins."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts import totp
from heeler.api.services import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.unit.accounts.conftest import KEYS, App, log_in

#: The RFC's secret, "12345678901234567890", in base32.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_values_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.code_at(SECRET, seconds // 30) == code


def test_clocks_may_differ_by_one_step_and_a_code_works_once() -> None:
    now = 1_000_000.0
    step = int(now // 30)
    for shift in (-1, 0, 1):
        assert totp.matching_step(SECRET, totp.code_at(SECRET, step + shift), now, 0) == step + shift
    assert totp.matching_step(SECRET, totp.code_at(SECRET, step + 2), now, 0) is None
    assert totp.matching_step(SECRET, totp.code_at(SECRET, step), now, step) is None


def test_recovery_codes_are_compared_without_case_and_hyphens() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert totp.recovery_digest(codes[0].upper().replace("-", " ")) == totp.recovery_digest(codes[0])


async def set_up(app: App, services: Services) -> tuple[str, list[str]]:
    """Turn the second factor on; its secret and recovery codes."""
    await log_in(app)
    enrollment = (await app.post("/api/ui/totp/enrollment")).json()
    assert enrollment["qr_code"].startswith("<svg")
    assert enrollment["secret"] in enrollment["uri"]
    code = totp.code_at(enrollment["secret"], int(services.now() // 30))
    body = {"secret": enrollment["secret"], "code": code, "password": ADMIN_PASSWORD}
    answer = await app.post("/api/ui/totp", json=body)
    assert answer.status_code == 200, answer.text
    return enrollment["secret"], answer.json()["codes"]


async def try_login(app: App, code: str = "") -> int:
    body = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD, "code": code}
    app.cookies.clear()
    return (await app.post("/api/ui/login", json=body)).status_code


async def test_a_login_asks_for_the_second_factor(app: App, services: Services) -> None:
    start = services.now()
    services.now = lambda: start
    secret, codes = await set_up(app, services)
    assert await try_login(app) == 428
    assert await try_login(app, "000000") == 401
    used = totp.code_at(secret, int(start // 30))
    assert await try_login(app, used) == 401, "the code that turned it on does not work again"
    services.now = lambda: start + 60
    assert await try_login(app, totp.code_at(secret, int(start // 30) + 2)) == 200
    assert (await app.get("/api/ui/sessions")).json()[0]["method"] == "totp"
    assert await try_login(app, codes[0].upper()) == 200
    assert await try_login(app, codes[0]) == 401, "a recovery code works once"
    await try_login(app, codes[1])
    shown = (await app.get("/api/ui/totp")).json()
    assert (shown["enabled"], shown["recovery_codes_left"]) == (True, totp.RECOVERY_CODES - 2)


async def test_a_right_password_without_a_code_does_not_end_the_delays(app: App, services: Services) -> None:
    await set_up(app, services)
    statuses = []
    for _ in range(8):
        statuses.append(await try_login(app, "123456"))
        if statuses[-1] == 401:
            assert await try_login(app) in (428, 429)
    assert 429 in statuses


async def test_it_is_turned_off_with_the_password(app: App, services: Services) -> None:
    await set_up(app, services)
    assert (await app.post("/api/ui/totp/disable", json={"password": "wrong one"})).status_code == 403
    assert (await app.post("/api/ui/totp/disable", json={"password": ADMIN_PASSWORD})).status_code == 204
    assert await try_login(app) == 200


async def test_where_it_is_required_nothing_else_works_before(app: App, services: Services) -> None:
    await log_in(app)
    required: dict[str, Any] = {"data": {"type": "org_configs", "attributes": {"value": True}}}
    await app.patch("/api/v2/org_configs/mfa_required", headers=KEYS, json=required)
    refused = await app.get("/api/v1/monitor")
    assert refused.status_code == 403
    assert "second factor" in refused.text
    assert (await app.get("/api/ui/me")).json()["needs_second_factor"]
    assert (await app.get("/api/v1/monitor", headers=KEYS)).status_code == 200, "keys are no logins"
    await set_up(app, services)
    assert (await app.get("/api/v1/monitor")).status_code == 200
    assert not (await app.get("/api/ui/me")).json()["needs_second_factor"]


async def test_an_administrator_removes_a_lost_one(app: App, services: Services) -> None:
    user = {"data": {"type": "users", "attributes": {"email": "ann@example.com"}}}
    identity = (await app.post("/api/v2/users", headers=KEYS, json=user)).json()["data"]["id"]
    password = {"password": "a long password"}
    await app.post(f"/api/ui/users/{identity}/password", headers=KEYS, json=password)
    await log_in(app, "ann@example.com", "a long password")
    secret = (await app.post("/api/ui/totp/enrollment")).json()["secret"]
    code = totp.code_at(secret, int(services.now() // 30))
    await app.post("/api/ui/totp", json={"secret": secret, "code": code, **password})
    shown = await app.get(f"/api/v2/users/{identity}", headers=KEYS)
    assert shown.json()["data"]["attributes"]["mfa_enabled"]
    assert (await app.delete(f"/api/ui/users/{identity}/totp", headers=KEYS)).status_code == 204
    assert (await app.get("/api/ui/me")).status_code == 401
    await log_in(app, "ann@example.com", "a long password")
