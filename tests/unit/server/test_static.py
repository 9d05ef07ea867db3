"""The web app's files: caching, compression, fallback to the page, security policy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from heeler.server.static import WebApp

SCRIPT = "document.title = 1;"
PAGE = f'<html><head><base href="/" /><script>{SCRIPT}</script></head></html>'


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    for name, content in {"app-abc.js": b"plain", "app-abc.js.br": b"br", "app-abc.js.gz": b"gz"}.items():
        (tmp_path / "assets" / name).write_bytes(content)
    (tmp_path / ".stamp").write_text("x")
    (tmp_path / "pages.json").write_text('["/dashboard/:id/:slug?", "/logs"]')
    return tmp_path


def test_hashed_files_are_kept_forever_and_the_page_is_asked_for(bundle: Path) -> None:
    app = WebApp(bundle)
    script, page = app.answer("/assets/app-abc.js"), app.answer("/")
    assert script is not None
    assert page is not None
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert page.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "coding", "content"),
    [
        ("gzip, deflate, br", "br", b"br"),
        ("gzip", "gzip", b"gz"),
        ("", None, b"plain"),
        ("zstd", None, b"plain"),
    ],
)
def test_the_best_compression_that_the_browser_takes(
    bundle: Path, accepts: str, coding: str | None, content: bytes
) -> None:
    answer = WebApp(bundle).answer("/assets/app-abc.js", accepts)
    assert answer is not None
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.content == content
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_addresses_of_pages_give_the_app_and_api_paths_do_not(bundle: Path) -> None:
    app = WebApp(bundle)
    page = app.answer("/dashboard/abc/web-tier")
    assert page is not None
    assert b"<base" in page.content
    for path in ("/api/v1/nothing", "/api", "/assets/gone.js", "/intake/x"):
        assert app.answer(path) is None
        assert app.answer(path, page_wanted=True) is None


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", True),
        ("/logs", True),
        ("/logs/", True),
        ("/dashboard/abc", True),
        ("/dashboard/abc/title", True),
        ("/dashboard/abc/title/more", False),
        ("/wp-login.php", False),
        ("/pages.json", False),
    ],
)
def test_an_address_that_is_no_page_is_not_found(bundle: Path, path: str, page: bool) -> None:
    app = WebApp(bundle)
    assert (app.answer(path) is not None) is page
    shown = app.answer(path, page_wanted=True)
    assert shown is not None
    assert shown.status_code == (200 if page else 404)
    assert b"<base" in shown.content


def test_nothing_outside_the_bundle_is_served(bundle: Path) -> None:
    (bundle.parent / "secret").write_text("no")
    app = WebApp(bundle)
    for path in ("/../secret", "/assets/../../secret", "/.stamp"):
        answer = app.answer(path)
        assert answer is None or b"<base" in answer.content


def test_what_the_browser_has_is_not_sent_again(bundle: Path) -> None:
    app = WebApp(bundle)
    first = app.answer("/")
    assert first is not None
    again = app.answer("/", known=first.headers["ETag"])
    assert again is not None
    assert again.status_code == 304
    assert again.content == b""


def test_the_policy_allows_the_page_s_own_inline_script_only(bundle: Path) -> None:
    page = WebApp(bundle).answer("/")
    assert page is not None
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "object-src 'none'" in policy


def test_a_proxy_s_sub_path_becomes_the_base(bundle: Path) -> None:
    page = WebApp(bundle, "https://example.com/heeler/").answer("/")
    assert page is not None
    assert b'<base href="/heeler/" />' in page.content


def test_without_a_bundle_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    page = WebApp(tmp_path / "none").answer("/")
    assert page is not None
    assert b"make install" in page.content
