"""Published dashboards as a person sees them: nothing overlaps, nothing is cut, nothing fails.

A few of them, chosen for their kinds; all with ``BOARDS_EVERY=1`` (``BOARDS_FIRST`` begins elsewhere).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.boards import Boards, table
from tests.conftest import RunningServer

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dashboards"
EVERY = int(os.environ.get("BOARDS_EVERY", "0"))
FIRST = int(os.environ.get("BOARDS_FIRST", "0"))
#: A column break, blocks that restart, groups beside each other, a free board, older searches.
SAMPLE = (
    "cockroachdb_dedicated__cockroach_cloud_dedicated_overview.json",
    "mongodb_atlas__MongoDB-Atlas-Vector-Search-Overview_dashboard.json",
    "redis_cloud__redis_cloud_proxy-threads.json",
    "perimeterx__PerimeterX_Bot_Defender_Dashboard.json",
)
#: Its author laid panels on each other.
OVERLAPPING = {"nn_sdwan__nn_sdwan_overview"}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published dashboards is not beside the checkout"
)


def test_published_dashboards_are_whole(page: Page, site: RunningServer) -> None:
    files = sorted(CORPUS.glob("*.json"))
    chosen = files[FIRST::EVERY] if EVERY else [CORPUS / name for name in SAMPLE]
    boards = Boards(site.url, site.headers)
    made = boards.load(chosen)
    findings = [boards.look(page, file.stem, dashboard_id) for file, dashboard_id in made.items()]
    print(table(findings))
    assert sum(one.panels for one in findings) > 20
    wrong = [
        str(one)
        for one in findings
        if one.errors or one.clipped or one.console or (one.overlaps and one.board not in OVERLAPPING)
    ]
    assert not wrong
