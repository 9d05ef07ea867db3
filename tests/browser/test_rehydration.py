"""Logs > Rehydration in the browser, with a bucket of a real S3-compatible server."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Faults, Shot, post, tab
from tests.conftest import RunningServer, start_server
from tests.integration.test_rehydration import DAY, create_archive, lines_of, of_day
from tests.s3_server import S3Server


@pytest.fixture(scope="module")
def archiving(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("rehydrating"), **s3.environment)
    bucket = s3.bucket("heeler-archives", "page")
    for file in range(3):
        bucket.put(of_day(file), gzip.compress(b"".join(lines_of("shop", file, 200))))
    bucket.put(of_day(5), gzip.compress(b"".join(lines_of("shop", 5, 200)))[:-20])
    create_archive(running, "Shop", "service:none", "page")
    yield running
    running.stop()


def test_logs_are_read_back_found_and_deleted(
    chromium: Browser, archiving: RunningServer, shot: Shot, faults: Faults
) -> None:
    post(archiving, "/api/v2/logs", [{"message": "stored now", "service": "shop", "ddsource": "go"}])
    with tab(chromium, archiving, faults) as page:
        page.goto("/logs/rehydration")
        expect(page.get_by_text("No historical views found")).to_be_visible()
        page.get_by_role("button", name="New historical view").first.click()
        dialog = page.get_by_role("dialog")
        start, end = (datetime.fromtimestamp(DAY + add).strftime("%Y-%m-%dT%H:%M") for add in (0, 3600))
        dialog.get_by_label("From", exact=True).fill(start)
        submit = dialog.get_by_role("button", name="Rehydrate")
        dialog.get_by_label("To", exact=True).fill(start)
        expect(dialog.get_by_text("The end must be after the start")).to_be_visible()
        dialog.get_by_label("To", exact=True).fill(end)
        expect(dialog.get_by_role("status")).to_contain_text("4 files")
        dialog.get_by_label("Name", exact=True).fill("Of March")
        expect(dialog.get_by_text("A lower-case letter, then")).to_be_visible()
        expect(submit).to_be_disabled()
        dialog.get_by_label("Name", exact=True).fill("of-march")
        dialog.get_by_label("Query", exact=True).fill("@place:<100")
        shot(page, "rehydration-form")
        page.emulate_media(color_scheme="dark")
        shot(page, "rehydration-form-dark")
        page.emulate_media(color_scheme="light")
        submit.click()
        expect(dialog).to_have_count(0)
        row = page.get_by_role("list", name="Historical views").get_by_role("listitem")
        expect(row).to_contain_text("Active")
        expect(row).to_contain_text("300 logs")
        expect(row).to_contain_text("scanned 4 of 4 files")
        expect(row).to_contain_text("Left out: 1 damaged or missing files")
        shot(page, "rehydration")
        page.emulate_media(color_scheme="dark")
        shot(page, "rehydration-dark")
        page.emulate_media(color_scheme="light")

        row.get_by_role("link", name="of-march").click()
        expect(page.get_by_text("These are the logs of the historical view")).to_be_visible()
        expect(page.get_by_text("2-99", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Live tail")).to_have_count(0)
        page.get_by_text("2-99", exact=True).click()
        expect(page.get_by_role("tab", name="View in context")).to_be_visible()
        expect(page.get_by_role("tab", name="Pipelines")).to_have_count(0)
        page.get_by_role("tab", name="View in context").click()
        expect(page.get_by_role("dialog").get_by_text("2-98", exact=False).first).to_be_visible()
        shot(page, "rehydration-explorer")
        page.goto("/logs?query=service%3Ashop")
        expect(page.get_by_text("stored now")).to_be_visible()

        page.goto("/logs/rehydration")
        row.get_by_role("button", name="Delete of-march").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("No historical views found")).to_be_visible()
