"""An installation is exported and imported into an empty one by the commands: equal but for ids."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bench.fill_installation import Filler, fill, send_points

from heeler.importers.references import rewrite
from heeler.importers.request_bodies import create_body, skip_reason
from heeler.importers.source import stored_in
from tests.conftest import API_KEY, APP_KEY, RunningServer, start_server

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
DASHBOARDS = 40

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside this checkout")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("source"))
    filler = Filler(running.url, API_KEY, APP_KEY)
    fill(filler, CORPUS, DASHBOARDS)
    assert filler.refused == []
    yield running
    running.stop()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[RunningServer]:
    running = start_server(tmp_path / "target", HEELER_PRIVATE_TARGETS="127.0.0.1")
    yield running
    running.stop()


def heeler(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    keys = {
        "DD_SOURCE_API_KEY": API_KEY,
        "DD_SOURCE_APP_KEY": APP_KEY,
        "HEELER_API_KEY": API_KEY,
        "HEELER_APP_KEY": APP_KEY,
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.run(
        [sys.executable, "-m", "heeler", *arguments],
        env=keys | environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, list[str]]:
    """What an export holds, with names in place of ids, so that two installations can be compared."""
    items = [(one.kind, one.read()) for one in stored_in(folder)]
    names = {(kind.name, kind.identity(item)): kind.label(item) for kind, item in items}

    def named(reference: Any) -> str | None:
        name = names.get((reference.kind, reference.id))
        return None if name is None else str(zlib.crc32(name.encode()))

    found: dict[str, list[str]] = {}
    for kind, item in items:
        if skip_reason(kind.name, item) is None:
            body = rewrite(kind.name, item, named)
            body["permission_ids"] = body.get("permissions", [])
            for binding in (body.get("attributes") or {}).get("bindings", []):  # in the order of ids
                binding["principals"].sort()
            members = [body.get(name) for name in ("links", "memberships", "dashboards", "roles")]
            shown = json.dumps([create_body(kind.name, body), members], sort_keys=True)
            # Dashboards and widgets have ids of their own; links name the address.
            shown = re.sub(r'"org:\w+"', '"org"', shown)  # each installation's own
            shown = re.sub(r"https?://((127\.0\.0\.1|localhost):\d+|app\.datadoghq\.com)", "", shown)
            found.setdefault(kind.name, []).append(re.sub(r'"id": \d+, ', "", shown))
    return {kind: sorted(one) for kind, one in found.items()}


def test_export_and_import_give_an_equal_installation(
    source: RunningServer, target: RunningServer, tmp_path: Path
) -> None:
    exported = heeler("export", str(tmp_path / "a"), "--from", source.url)
    assert exported.returncode == 0, exported.stdout + exported.stderr
    arguments = ["import", "datadog", "--folder", str(tmp_path / "a"), "--to", target.url]
    imported = heeler(*arguments, "--report", str(tmp_path / "report.json"))
    assert imported.returncode == 0, imported.stdout + imported.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    wanted = {"dashboards", "monitors", "notebooks", "logs_restriction_queries", "restriction_policies"}
    assert wanted | {"authn_mappings", "logs_pipelines_order", "spans_metrics"} <= set(report["counts"])
    send_points(Filler(target.url, API_KEY, APP_KEY))  # metrics are listed when they have points
    heeler("export", str(tmp_path / "b"), "--from", target.url)
    before, after = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert set(before) == set(after)
    for kind, items in before.items():
        assert after[kind] == items, kind
    again = heeler(*arguments, "--report", str(tmp_path / "again.json"))
    assert again.returncode == 0, again.stdout
    counts = json.loads((tmp_path / "again.json").read_text())["counts"]
    assert {one["created"] + one["updated"] for one in counts.values()} == {0}
    heeler("export", str(tmp_path / "c"), "--from", target.url)
    assert contents(tmp_path / "c") == after


def test_an_interrupted_import_over_http_goes_on_without_doubles(
    source: RunningServer, target: RunningServer
) -> None:
    """The target fails in the middle, at the worst moment: what was created is not confirmed."""
    with Interrupting(target.url, after=30) as proxy:
        first = heeler("import", "datadog", "--url", source.url, "--to", proxy.url)
    assert first.returncode == 1
    second = heeler("import", "datadog", "--url", source.url, "--to", target.url)
    assert second.returncode == 0, second.stdout + second.stderr
    monitors = Filler(target.url, API_KEY, APP_KEY).call("GET", "/api/v1/monitor", None)
    expected = Filler(source.url, API_KEY, APP_KEY).call("GET", "/api/v1/monitor", None)
    assert sorted(one["name"] for one in monitors) == sorted(one["name"] for one in expected)
    composite = next(one for one in monitors if one["type"] == "composite")
    names = {one["id"]: one["name"] for one in monitors}
    found = [names[int(id_)] for id_ in re.findall(r"\d+", composite["query"])]
    origin = {one["id"]: one["name"] for one in expected}
    wanted = next(one for one in expected if one["type"] == "composite")
    assert found == [origin[int(id_)] for id_ in re.findall(r"\d+", wanted["query"])]


class Interrupting:
    """A proxy that passes ``after`` creations on and answers 500 to every creation from then on; the first of
    those is passed on too, but its answer is lost."""

    def __init__(self, url: str, after: int) -> None:
        outer, self._left = self, after

        class Handler(BaseHTTPRequestHandler):
            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                lost = outer.is_lost() if self.command == "POST" else False
                if not lost:  # also where only the answer is lost
                    status, answer = outer.forward(url, self.command, self.path, dict(self.headers), body)
                if lost is not False:
                    status, answer = 500, b'{"errors": ["interrupted"]}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = _pass

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def is_lost(self) -> bool | None:
        """False: passed on. None: passed on, with its answer lost. True: not passed on."""
        self._left -= 1
        return False if self._left >= 0 else None if self._left == -1 else True

    @staticmethod
    def forward(url: str, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        kept = {
            name: value for name, value in headers.items() if name.lower().startswith(("dd-", "content-type"))
        }
        request = urllib.request.Request(url + path, body or None, kept, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def __enter__(self) -> Interrupting:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_terraform_files_refer_to_each_other(source: RunningServer, tmp_path: Path) -> None:
    done = heeler("export", str(tmp_path / "tf"), "--format", "terraform", "--from", source.url)
    assert done.returncode == 0, done.stdout + done.stderr
    monitors = (tmp_path / "tf" / "monitors.tf").read_text()
    composite = monitors[monitors.index('"both"') :]
    assert re.search(
        r"\$\{datadog_monitor_json\.\w+\.id\} && !\$\{datadog_monitor_json\.\w+\.id\}", composite
    )
    slos = (tmp_path / "tf" / "service_level_objectives.tf").read_text()
    assert re.search(r"monitor_ids = \[datadog_monitor_json\.\w+\.id, datadog_monitor_json\.\w+\.id\]", slos)
    assert 'resource "datadog_user" "person0_example_org"' in (tmp_path / "tf" / "users.tf").read_text()
