"""Unsaved work: a question before it is lost, by each way from a page; none after saving."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, tab
from tests.conftest import RunningServer, start_server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("leaving"))
    yield running
    running.stop()


@pytest.fixture
def here(chromium: Browser, own: RunningServer, faults: Faults) -> Iterator[Page]:
    with tab(chromium, own, faults) as page:
        yield page


def _api(server: RunningServer, method: str, path: str, body: object = None) -> dict[str, object]:
    answer = requests.request(method, f"{server.url}{path}", json=body, headers=server.headers, timeout=30)
    assert answer.ok, answer.text
    return dict(answer.json())


FORMS = {
    "/monitors/create": "/monitors/manage",
    "/slo/new": "/slo/manage",
    "/synthetics/create": "/synthetics/tests",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_asks_before_it_is_left(here: Page, form: str, shot: Shot) -> None:
    here.goto(FORMS[form])
    here.get_by_role("navigation", name="Main").wait_for()
    here.evaluate("path => { history.pushState(null, '', path); }", form)
    # The form begins at its first field, also where the editor of a query is on its way.
    here.wait_for_function("() => document.activeElement.matches('input, [contenteditable=true]')")
    name = here.get_by_label("Name", exact=True).first
    name.fill("Half written")
    question = here.get_by_role("alertdialog").or_(here.get_by_role("dialog")).filter(has_text="Discard")

    def stay() -> None:
        expect(question).to_be_visible()
        question.get_by_role("button", name="Cancel").click()
        expect(question).to_be_hidden()
        expect(name).to_have_value("Half written")
        expect(here).to_have_url(re.compile(f"{form}$"))

    here.get_by_role("link", name="Dashboards").first.click()
    shot(here, f"leaving{form.replace('/', '-')}")
    stay()
    here.evaluate("history.back()")
    stay()
    if form != "/monitors/create":
        here.get_by_role("button", name="Cancel", exact=True).click()
        stay()
    here.evaluate("history.back()")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Discard").click()
    here.wait_for_url(f"**{FORMS[form]}")


def test_nothing_is_asked_without_a_change_and_after_saving(here: Page, own: RunningServer) -> None:
    slo = {
        "type": "metric", "name": "Kept", "thresholds": [{"timeframe": "7d", "target": 99}],
        "query": {"numerator": "sum:g{*}.as_count()", "denominator": "sum:a{*}.as_count()"},
    }  # fmt: skip
    made: list[dict[str, str]] = _api(own, "POST", "/api/v1/slo", slo)["data"]  # type: ignore[assignment]
    path = f"/slo/{made[0]['id']}"
    here.goto(f"{path}/edit")
    here.get_by_label("Name", exact=True).first.wait_for()
    here.get_by_role("button", name="Cancel", exact=True).click()
    here.wait_for_url(f"**{path}")
    here.goto(f"{path}/edit")
    here.get_by_label("Name", exact=True).first.fill("Kept and renamed")
    here.get_by_role("button", name="Save", exact=True).click()
    here.wait_for_url(f"**{path}")
    expect(here.get_by_text("Kept and renamed").first).to_be_visible()


def test_a_notebook_that_is_left_at_once_is_saved(here: Page, own: RunningServer) -> None:
    notebook = {"data": {"type": "notebooks", "attributes": {
        "name": "Before", "cells": [], "time": {"live_span": "1h"}}}}  # fmt: skip
    made: dict[str, object] = _api(own, "POST", "/api/v1/notebooks", notebook)["data"]  # type: ignore[assignment]
    here.goto(f"/notebook/{made['id']}")
    here.get_by_label("Name", exact=True).fill("After")
    with here.expect_response(lambda answer: answer.request.method == "PUT"):
        here.get_by_role("link", name="Notebooks").first.click()
    stored: dict[str, dict[str, str]] = _api(own, "GET", f"/api/v1/notebooks/{made['id']}")["data"]  # type: ignore[assignment]
    assert stored["attributes"]["name"] == "After"
