"""Dashboards as a person sees them: nothing overlaps, nothing is cut, nothing fails.

A few of them, chosen for their kinds; all with ``BOARDS_EVERY=1`` (``BOARDS_FIRST`` begins elsewhere).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import random_boards, unusual_boards
from tests.browser.boards import Boards, table
from tests.browser.conftest import Faults, tab
from tests.conftest import RunningServer, start_server

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dashboards"
EVERY = int(os.environ.get("BOARDS_EVERY", "0"))
FIRST = int(os.environ.get("BOARDS_FIRST", "0"))
#: A column break, blocks that restart, groups beside each other, a free board, older searches.
SAMPLE = (
    "cockroachdb_dedicated__cockroach_cloud_dedicated_overview.json",
    "mongodb_atlas__MongoDB-Atlas-Vector-Search-Overview_dashboard.json",
    "redis_cloud__redis_cloud_proxy-threads.json",
    "perimeterx__PerimeterX_Bot_Defender_Dashboard.json",
    "nn_sdwan__nn_sdwan_overview.json",
)
published = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published dashboards is not beside the checkout"
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server for the boards' made-up data: other tests count what the shared one has."""
    running = start_server(tmp_path_factory.mktemp("boards"))
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser, own: RunningServer, faults: Faults) -> Iterator[Page]:
    with tab(chromium, own, faults) as opened:
        yield opened


@published
def test_published_dashboards_are_whole(page: Page, own: RunningServer) -> None:
    files = sorted(CORPUS.glob("*.json"))
    chosen = files[FIRST::EVERY] if EVERY else [CORPUS / name for name in SAMPLE]
    boards = Boards(own.url, own.headers)
    made = boards.load(chosen)
    findings = [boards.look(page, file.stem, dashboard_id) for file, dashboard_id in made.items()]
    print(table(findings))
    assert sum(one.panels for one in findings) > 20
    wrong = [str(one) for one in findings if one.wrong]
    assert not wrong


def test_unusual_dashboards_are_whole(page: Page, own: RunningServer, tmp_path: Path) -> None:
    """Some of those that nobody publishes; all with ``BOARDS_EVERY=1``."""
    names = {"groups of 1", "groups of 6", "tiles of 1 x 1", "odd layouts 1", "graphs", "texts"}
    files = []
    for number, board in enumerate(unusual_boards.boards()):
        if EVERY or board["title"].removeprefix("Unusual: ") in names:
            file = tmp_path / f"{number}.json"
            file.write_text(json.dumps(board))
            files.append(file)
    boards = Boards(own.url, own.headers)
    made = boards.load(files[FIRST :: EVERY or 1])
    findings = [boards.look(page, file.stem, dashboard_id) for file, dashboard_id in made.items()]
    print(table(findings))
    wrong = [str(one) for one in findings if one.wrong]
    assert not wrong


#: Seeds of random boards: a fixed grid, groups, a free board, one of two columns.
SEEDS = (20, 23, 35, 98)
#: Pixels of a page and its theme, in turn: a desktop, a wide one, a phone.
PAGES = ((1440, "light"), (1920, "dark"), (390, "light"), (390, "dark"))


def test_random_dashboards_are_whole(page: Page, own: RunningServer, tmp_path: Path) -> None:
    """A few of what the public models allow; ``BOARDS_EVERY=1`` opens two hundred."""
    files = []
    for seed in range(FIRST, FIRST + 200, EVERY) if EVERY else SEEDS:
        file = tmp_path / f"random_{seed}.json"
        file.write_text(json.dumps(random_boards.board(seed)))
        files.append(file)
    boards = Boards(own.url, own.headers)
    made = boards.load(files)
    findings = [
        boards.look(page, file.stem, dashboard_id, width=width, theme=theme)
        for (file, dashboard_id), (width, theme) in zip(made.items(), cycle(PAGES), strict=False)
    ]
    print(table(findings))
    wrong = [str(one) for one in findings if one.wrong]
    assert not wrong
