"""Logging in and out as a browser does it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, RunningServer, start_server


def log_in(
    server: RunningServer, email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD
) -> requests.Session:
    session = requests.Session()
    answer = session.post(
        f"{server.url}/api/ui/login", json={"email": email, "password": password}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return session


def test_a_session_opens_the_api_without_keys_until_logout(server: RunningServer) -> None:
    session = log_in(server)
    me = session.get(f"{server.url}/api/ui/me", timeout=60).json()
    assert (me["email"], me["role"], me["can_write"]) == (ADMIN_EMAIL, "admin", True)
    assert session.post(f"{server.url}/api/ui/logout", timeout=60).status_code == 204
    assert session.get(f"{server.url}/api/ui/me", timeout=60).status_code == 401


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(server: RunningServer) -> None:
    answer = requests.post(
        f"{server.url}/api/ui/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=60
    )
    cookie = answer.headers["Set-Cookie"]
    assert "heeler_session=" in cookie
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


def test_an_ended_session_says_so(server: RunningServer) -> None:
    answer = requests.get(f"{server.url}/api/ui/me", cookies={"heeler_session": "gone"}, timeout=60)
    assert answer.status_code == 401
    assert "Log in again" in answer.json()["errors"][0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_another_sites_page_cannot_act_by_the_cookie(
    server: RunningServer, headers: dict[str, str], status: int
) -> None:
    session = log_in(server)
    answer = session.post(f"{server.url}/api/ui/logout", data="{}", headers=headers, timeout=60)
    assert answer.status_code == status
    assert session.get(f"{server.url}/api/ui/me", timeout=60).status_code == 200


def test_our_own_page_may_act(server: RunningServer) -> None:
    session = log_in(server)
    answer = session.post(f"{server.url}/api/ui/logout", headers={"Origin": server.url}, timeout=60)
    assert answer.status_code == 204


def test_wrong_passwords_are_delayed_and_a_new_one_ends_other_sessions(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    try:
        url, wrong = f"{server.url}/api/ui/login", {"email": ADMIN_EMAIL, "password": "wrong"}
        here, elsewhere = log_in(server), log_in(server)
        changed = here.post(
            f"{server.url}/api/ui/password",
            json={"current": ADMIN_PASSWORD, "new": "a longer secret"},
            timeout=60,
        )
        assert changed.status_code == 200, changed.text
        assert here.get(f"{server.url}/api/ui/me", timeout=60).status_code == 200
        assert elsewhere.get(f"{server.url}/api/ui/me", timeout=60).status_code == 401
        statuses = [
            requests.post(
                url, json=wrong, headers={"X-Forwarded-For": f"192.0.2.{number}"}, timeout=60
            ).status_code
            for number in range(30)
        ]
        assert statuses[:5] == [401] * 5
        assert statuses.count(429) > 10  # nobody trusts what a client says of its address
        right = {"email": ADMIN_EMAIL, "password": "a longer secret"}
        answer = here.post(url, json=right, timeout=60)
        assert answer.status_code == 200, "a browser that logged in before is not delayed by others"
    finally:
        assert server.stop() == 0


def test_the_setup_page_knows_address_and_masked_keys(server: RunningServer) -> None:
    known = requests.get(f"{server.url}/api/ui/setup", headers=server.headers, timeout=60).json()
    assert known["url"].endswith(server.url.rpartition(":")[2])
    assert known["api_keys"][0]["masked"] == "*" * 28 + server.api_key[-4:]
