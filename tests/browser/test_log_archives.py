"""Logs > Archives in the browser, with a bucket of a real S3-compatible server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, post, tab
from tests.conftest import RunningServer, start_server
from tests.s3_server import S3Server


@pytest.fixture(scope="module")
def archiving(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("archiving")
    running = start_server(folder, HEELER_LOG_ARCHIVE_INTERVAL="1", **s3.environment)
    yield running
    running.stop()


def fill(page: Page, name: str, query: str, bucket: str, path: str) -> None:
    page.get_by_role("button", name="New archive").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Filter", exact=True).fill(query)
    dialog.get_by_label("Bucket", exact=True).fill(bucket)
    dialog.get_by_label("Path", exact=True).fill(path)


def test_archives_are_made_ordered_written_and_deleted(
    chromium: Browser, archiving: RunningServer, shot: Shot, faults: Faults
) -> None:
    faults.expect("/api/v2/logs/config/archives)")  # a bucket that has no such name
    with tab(chromium, archiving, faults) as page:
        page.goto("/logs/archives")
        fill(page, "Audit", "service:audit", "Not A Bucket", "audit")
        dialog = page.get_by_role("dialog")
        save = dialog.get_by_role("button", name="Save")
        save.click()
        expect(dialog.get_by_text("is no name of a bucket")).to_be_visible()
        dialog.get_by_label("Largest scan (GB)").fill("10 GB")
        expect(dialog.get_by_text("A whole number of gigabytes")).to_be_visible()
        expect(save).to_be_disabled()
        dialog.get_by_label("Largest scan (GB)").fill("10")
        expect(save).to_be_enabled()
        dialog.get_by_role("button", name="Encryption: ").click()
        page.get_by_role("menuitem", name="SSE-KMS").click()
        expect(dialog.get_by_text("Required: id or ARN of the key")).to_be_visible()
        expect(save).to_be_disabled()
        dialog.get_by_role("button", name="Encryption: ").click()
        page.get_by_role("menuitem", name="As the bucket does").click()
        shot(page, "log-archive")
        dialog.get_by_label("Bucket", exact=True).fill("heeler-archives")
        dialog.get_by_role("button", name="Compression: gzip").click()
        page.get_by_role("menuitem", name="Zstandard").click()
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        fill(page, "Everything", "", "heeler-none", "all")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        listed = page.get_by_role("list", name="Archives")
        expect(listed.get_by_role("listitem")).to_have_count(2)
        post(
            archiving,
            "/api/v2/logs",
            [
                {
                    "message": "kept",
                    "service": "audit",
                    "ddsource": "go",
                    "timestamp": int(time.time() * 1000),
                },
                {"message": "lost", "service": "web", "ddsource": "go", "timestamp": int(time.time() * 1000)},
            ],
        )
        audit = listed.get_by_role("listitem").filter(has_text="Audit")
        everything = listed.get_by_role("listitem").filter(has_text="Everything")
        expect(audit).to_contain_text("Working")
        expect(audit).to_contain_text("s3://heeler-archives/audit")
        expect(everything).to_contain_text("Failing")
        expect(everything).to_contain_text("There is no bucket heeler-none")
        shot(page, "log-archives")
        page.emulate_media(color_scheme="dark")
        shot(page, "log-archives-dark")
        # By the keyboard, then by the mouse.
        everything.get_by_role("button", name="Move Everything").press("ArrowUp")
        expect(page.get_by_text("Order saved")).to_be_visible()
        expect(listed.get_by_role("listitem").first).to_contain_text("Everything")
        listed.get_by_role("button", name="Move Everything").drag_to(listed.get_by_role("listitem").nth(1))
        expect(listed.get_by_role("listitem").nth(1)).to_contain_text("Everything")
        audit.get_by_role("button", name="Audit", exact=True).click()
        expect(
            page.get_by_role("dialog").get_by_role("button", name="Compression: Zstandard")
        ).to_be_visible()
        expect(page.get_by_role("dialog").get_by_label("Largest scan (GB)")).to_have_value("10")
        page.get_by_role("button", name="Cancel").click()
        everything.get_by_role("button", name="Delete Everything").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(listed.get_by_role("listitem")).to_have_count(1)


def test_without_credentials_the_page_says_what_is_missing(page: Page) -> None:
    page.goto("/logs/archives")
    expect(page.get_by_text("HEELER_S3_ACCESS_KEY_ID")).to_be_visible()
    expect(page.get_by_role("button", name="New archive")).to_be_disabled()
