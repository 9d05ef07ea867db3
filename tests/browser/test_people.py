"""People in the web app: invited, with a second factor, read-only, with permissions on a dashboard."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from heeler.accounts import totp
from tests.browser.conftest import Shot
from tests.conftest import RunningServer, start_server

PASSWORD = "a long password"
#: What changes something, by the first word of its button; a read-only person sees none of them enabled.
CHANGES = re.compile(
    r"^(New|Add|Edit|Delete|Create|Save|Mute|Unmute|Import|Invite|Revoke|Disable|Enable|Upload|Assign|Remove)\b"
)
#: What sounds like a change and is one's own, or only another look at what is there.
READS = re.compile(r"favorites|^Add (facet|query|formula)$")
#: Buttons at one moment, as pages go on drawing: what each says, whether it can be pressed, its title.
BUTTONS = """(all) => all.map((one) => [
 (one.textContent || one.ariaLabel || '').trim(),
 !one.matches(':disabled, [aria-disabled=true]'),
 one.title,
])"""
#: Pages where people change what is their own.
OWN = {"/settings/preferences", "/settings/application-keys", "/event/explorer", "/logs"}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("people"))
    yield running
    running.stop()


def api(server: RunningServer, method: str, path: str, body: object = None) -> dict[str, object]:
    answer = requests.request(method, f"{server.url}{path}", json=body, headers=server.headers, timeout=30)
    assert answer.ok, answer.text
    return dict(answer.json()) if answer.content else {}


def role_named(server: RunningServer, name: str) -> str:
    listed: list[dict[str, dict[str, str]]] = api(server, "GET", "/api/v2/roles")["data"]  # type: ignore[assignment]
    return next(str(role["id"]) for role in listed if role["attributes"]["name"] == name)


def member(server: RunningServer, email: str, role: str) -> str:
    """A user with a password; their id."""
    related = {"roles": {"data": [{"id": role_named(server, role), "type": "roles"}]}}
    body = {"data": {"type": "users", "attributes": {"email": email}, "relationships": related}}
    identity = str(api(server, "POST", "/api/v2/users", body)["data"]["id"])  # type: ignore[index,call-overload]
    api(server, "POST", f"/api/ui/users/{identity}/password", {"password": PASSWORD})
    return identity


def tab_of(chromium: Browser, server: RunningServer, width: int = 1400) -> Page:
    context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=server.url)
    context.set_default_timeout(30_000)
    return context.new_page()


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/settings/preferences")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def test_an_invitation_from_the_page_to_the_login(
    chromium: Browser, people: RunningServer, shot: Shot
) -> None:
    admin = tab_of(chromium, people)
    log_in(admin, people.email, people.password)
    admin.get_by_role("heading", name="Preferences").wait_for()
    admin.goto("/settings/users")
    admin.get_by_role("button", name="Invite user").click()
    admin.get_by_label("Email").fill("ivy@example.com")
    admin.get_by_role("button", name="Invite", exact=True).click()
    code = admin.get_by_role("dialog").locator("pre")
    code.wait_for()
    link = (code.text_content() or "").strip()
    assert "/invitation#" in link
    shot(admin, "invitation-link")
    ivy = tab_of(chromium, people)
    ivy.goto(link.replace(re.sub(r"/invitation.*", "", link), people.url))
    expect(ivy.get_by_text("ivy@example.com")).to_be_visible()
    ivy.get_by_label("Name").fill("Ivy")
    ivy.get_by_label("Password", exact=True).fill(PASSWORD)
    ivy.get_by_label("Password again").fill(PASSWORD)
    shot(ivy, "invitation")
    ivy.get_by_role("button", name="Set password and log in").click()
    expect(ivy.get_by_role("button", name="ivy@example.com")).to_be_visible()


def test_a_second_factor_is_set_up_and_asked_for(
    chromium: Browser, people: RunningServer, shot: Shot
) -> None:
    member(people, "tom@example.com", "Heeler Standard Role")
    page = tab_of(chromium, people)
    log_in(page, "tom@example.com")
    page.get_by_role("button", name="Set up").click()
    page.get_by_text("Enter the secret by hand").click()
    dialog = page.get_by_role("dialog")
    secret = (dialog.locator("pre").text_content() or "").strip()
    shot(page, "second-factor")
    start = int(time.time() // 30)
    dialog.get_by_label("Code").fill(totp.code_at(secret, start))
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("dialog")).to_contain_text("recovery codes")
    recovery = (page.get_by_role("dialog").locator("pre").text_content() or "").split()[0]
    page.get_by_role("button", name="I have stored them").click()
    again = tab_of(chromium, people)
    log_in(again, "tom@example.com")
    again.get_by_label("Code").fill(recovery)
    shot(again, "login-code")
    again.get_by_role("button", name="Log in", exact=True).click()
    expect(again.get_by_role("heading", name="Preferences")).to_be_visible()


def filled(server: RunningServer) -> dict[str, str]:
    """A dashboard, a monitor, an SLO, a notebook, a team; their pages."""
    board = {"title": "Board", "layout_type": "ordered", "widgets": [], "tags": ["team:shop"]}
    monitor = {
        "type": "metric alert", "name": "Monitor", "query": "avg(last_5m):avg:a.b{*} > 1", "message": "",
        "tags": ["team:shop"], "options": {"thresholds": {"critical": 1}},
    }  # fmt: skip
    slo = {
        "type": "metric", "name": "SLO", "thresholds": [{"timeframe": "7d", "target": 99}],
        "query": {"numerator": "sum:g{*}.as_count()", "denominator": "sum:a{*}.as_count()"},
        "tags": ["team:shop"],
    }  # fmt: skip
    notebook = {"data": {"type": "notebooks", "attributes": {
        "name": "Notebook", "cells": [], "time": {"live_span": "1h"}}}}  # fmt: skip
    team = {"data": {"type": "team", "attributes": {"name": "Shop", "handle": "shop"}}}
    return {
        "dashboard": f"/dashboard/{api(server, 'POST', '/api/v1/dashboard', board)['id']}",
        "monitor": f"/monitors/{api(server, 'POST', '/api/v1/monitor', monitor)['id']}",
        "slo": f"/slo/{api(server, 'POST', '/api/v1/slo', slo)['data'][0]['id']}",  # type: ignore[index]
        "notebook": f"/notebook/{api(server, 'POST', '/api/v1/notebooks', notebook)['data']['id']}",  # type: ignore[index,call-overload]
        "team": f"/settings/teams/{api(server, 'POST', '/api/v2/team', team)['data']['id']}",  # type: ignore[index,call-overload]
    }


@pytest.fixture(scope="module")
def pages(people: RunningServer) -> list[str]:
    """Every page of the navigation, and one of each kind of thing."""
    source = (Path(__file__).parents[2] / "ui/src/pages/register.ts").read_text()
    listed = [
        path for path in re.findall(r'path: "([^":]+)"', source) if path not in ("/", "/monitors/create")
    ]
    return [*dict.fromkeys(listed), *filled(people).values()]


def test_what_a_read_only_person_sees_works_or_says_why_not(
    chromium: Browser, people: RunningServer, pages: list[str], shot: Shot
) -> None:
    member(people, "reader@example.com", "Heeler Read Only Role")
    page = tab_of(chromium, people)
    log_in(page, "reader@example.com")
    page.get_by_role("heading", name="Preferences").wait_for()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status in (401, 403) else None)
    problems = []
    for path in pages:
        refused.clear()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        shot(page, f"reader{path.replace('/', '-')[:40]}")
        problems += [f"{path}: asks for {url.removeprefix(people.url)}" for url in refused]
        if path in OWN:
            continue
        for name, enabled, title in page.get_by_role("button").evaluate_all(BUTTONS):
            if READS.search(name):
                continue
            if CHANGES.match(name) and enabled:
                problems.append(f"{path}: the button {name!r} can be pressed")
            elif CHANGES.match(name) and not title:
                problems.append(f"{path}: the button {name!r} does not say why it is disabled")
    assert problems == []


def test_every_page_fits_a_phone(
    chromium: Browser, people: RunningServer, pages: list[str], shot: Shot
) -> None:
    page = tab_of(chromium, people, width=390)
    log_in(page, people.email, people.password)
    page.get_by_role("heading", name="Preferences").wait_for()
    wide = []
    for path in pages:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        shot(page, f"phone{path.replace('/', '-')[:40]}")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 391:
            wide.append(f"{path}: {width} px")
    assert wide == []


def test_a_dashboard_is_restricted_from_its_page(
    chromium: Browser, people: RunningServer, shot: Shot
) -> None:
    board = api(
        people, "POST", "/api/v1/dashboard", {"title": "Plans", "layout_type": "ordered", "widgets": []}
    )
    member(people, "other@example.com", "Heeler Standard Role")
    page = tab_of(chromium, people)
    log_in(page, people.email, people.password)
    page.get_by_role("heading", name="Preferences").wait_for()
    page.goto(f"/dashboard/{board['id']}")
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name="Permissions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Restrict viewing").click()
    shot(page, "permissions")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    other = tab_of(chromium, people)
    log_in(other, "other@example.com")
    other.get_by_role("heading", name="Preferences").wait_for()
    other.goto(f"/dashboard/{board['id']}")
    expect(other.get_by_text("restriction policy")).to_be_visible()
    shot(other, "restricted")
