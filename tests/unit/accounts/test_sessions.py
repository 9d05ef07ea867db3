from __future__ import annotations

import asyncio
import threading

import pytest

from heeler.accounts import passwords, sessions
from heeler.accounts.passwords import HashPool
from heeler.api.errors import ApiError
from heeler.api.services import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.unit.accounts.conftest import App, log_in

URL = "/api/ui/login"
RIGHT = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
WRONG = {"email": ADMIN_EMAIL, "password": "wrong"}


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed, in order; hashing itself is cheap here."""
    seen: list[str] = []

    async def verify(stored: str, password: str, known_browser: bool = False) -> bool:
        await asyncio.sleep(0)
        seen.append(password)
        return bool(stored) and password == ADMIN_PASSWORD

    monkeypatch.setattr(sessions, "verify_in_pool", verify)
    return seen


async def test_parallel_guesses_cannot_pass_the_limit(app: App, evaluated: list[str]) -> None:
    answers = await asyncio.gather(*(app.post(URL, json=WRONG) for _ in range(40)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 35
    assert len(evaluated) == 5
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.headers["Retry-After"] == "1"


async def test_wrong_guesses_do_not_lock_out_who_logged_in_here_before(
    app: App, evaluated: list[str]
) -> None:
    await log_in(app)
    known = dict(app.cookies)
    app.cookies.clear()
    statuses = [(await app.post(URL, json=WRONG)).status_code for _ in range(8)]
    assert statuses[-1] == 429
    assert (await app.post(URL, json=RIGHT)).status_code == 429  # a stranger's browser at the same address
    app.cookies.update({"heeler_browser": known["heeler_browser"]})
    assert (await app.post(URL, json=RIGHT)).status_code == 200


async def test_others_at_the_same_address_may_log_in(app: App, evaluated: list[str]) -> None:
    for _ in range(10):
        await app.post(URL, json={"email": "eve@example.com", "password": "wrong"})
    assert (await app.post(URL, json=RIGHT)).status_code == 200


async def test_guesses_from_many_addresses_delay_by_seconds_only(
    services: Services, evaluated: list[str]
) -> None:
    login = sessions.Login(ADMIN_EMAIL, "wrong")
    refused = 0
    for number in range(60):
        try:
            await sessions._authenticated_user(services, login, f"192.0.2.{number}", None)
        except ApiError as error:
            refused += error.status == 429
            wait = error.headers.get("Retry-After", "0")
            assert int(wait) <= 5
    assert refused > 30
    assert len(evaluated) < 30


async def test_a_forged_browser_cookie_is_of_no_use(app: App, evaluated: list[str]) -> None:
    app.cookies.update({"heeler_browser": "0" * 32 + "." + "0" * 64})
    statuses = [(await app.post(URL, json=WRONG)).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2


async def test_hashing_has_threads_of_its_own_and_a_bounded_queue() -> None:
    pool, started, go = HashPool(1), threading.Event(), threading.Event()

    def work() -> str:
        started.set()
        go.wait(30)
        return threading.current_thread().name

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(pool.run(work, 3)) for _ in range(3)]
        await asyncio.to_thread(started.wait, 30)
        with pytest.raises(ApiError) as refused:
            await pool.run(work, 3)
        go.set()
    assert refused.value.status == 503
    assert "Retry-After" in refused.value.headers
    assert {task.result().rpartition("_")[0] for task in running} == {"passwords"}


async def test_an_attempt_that_found_no_room_is_not_counted(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "MAX_WAITING", 0)
    statuses = {(await app.post(URL, json=WRONG)).status_code for _ in range(10)}
    assert statuses == {503}
    monkeypatch.setattr(passwords, "MAX_WAITING", 32)
    assert (await app.post(URL, json=RIGHT)).status_code == 200
