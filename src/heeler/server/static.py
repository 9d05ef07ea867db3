"""Serves the built web app: its files, caching rules and content security policy.

The app has its own router: a path that is one of its pages (``pages.json``, written by the build from
``ui/src/pages/register.ts``) returns the app. Every other path is 404; browsers get the app's own "not found"
page.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from litestar import Request, Response
from litestar.exceptions import NotFoundException

HASHED = "public, max-age=31536000, immutable"
CHECKED = "no-cache"

NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>Heeler</title>
<h1>The web app is not built</h1>
<p>The server and its API work. To build the app, run <code>make install</code> in Heeler's folder
(or <code>cd ui &amp;&amp; npm ci &amp;&amp; npm run build</code>) and start the server again.</p>"""

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_API = ("/api/", "/intake", "/v0", "/v1")


@dataclass(frozen=True, slots=True)
class File:
    """A file with its precompressed forms, by content coding (``""`` is the file itself)."""

    content: dict[str, bytes]
    media_type: str
    cache: str

    @property
    def etag(self) -> str:
        return '"' + hashlib.sha256(self.content[""]).hexdigest()[:24] + '"'


@dataclass(slots=True)
class WebApp:
    """The bundle in memory (about 2 MB). ``public_url`` has the sub-path under which a proxy serves it."""

    folder: Path
    public_url: str = ""
    files: dict[str, File] = field(init=False)
    policy: str = field(init=False)
    pages: tuple[re.Pattern[str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.files = dict(_read(self.folder)) if self.folder.is_dir() else {}
        listed = self.files.pop("pages.json", None)
        paths: list[str] = orjson.loads(listed.content[""]) if listed else ["/*"]
        self.pages = tuple(map(page_pattern, ["/", *paths]))
        index = self.files.get("index.html")
        page = index.content[""] if index else NOT_BUILT
        home = urlsplit(self.public_url).path.rstrip("/") + "/"
        page = page.replace(b'<base href="/" />', f'<base href="{home}" />'.encode())
        self.files["index.html"] = File({"": page}, "text/html", CHECKED)
        self.policy = content_security_policy(page.decode())

    def answer(
        self, path: str, accepts: str = "", known: str = "", *, page_wanted: bool = False
    ) -> Response[bytes] | None:
        """Response for a path, or None if nothing is there.

        ``accepts`` is the request's Accept-Encoding, ``known`` its If-None-Match; ``page_wanted``: the client
        is a browser, which gets the app's own "not found" page (404) if nothing is there.
        """
        name = path.strip("/") or "index.html"
        file = self.files.get(name)
        status = 200
        if file is None:
            if path.startswith(_API) or name.startswith("assets/") or path == "/api":
                return None
            if not any(page.fullmatch("/" + name) for page in self.pages):
                if not page_wanted:
                    return None
                status = 404
            file = self.files["index.html"]
        headers = {
            "Cache-Control": file.cache,
            "ETag": file.etag,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if file.media_type == "text/html":
            headers |= {"Content-Security-Policy": self.policy, "Referrer-Policy": "same-origin"}
        if known == file.etag and status == 200:
            return Response(b"", status_code=304, headers=headers)
        coding = next(
            (coding for coding, _ in _ENCODINGS if coding in accepts and coding in file.content), ""
        )
        if coding:
            headers["Content-Encoding"] = coding
        return Response(file.content[coding], headers=headers, media_type=file.media_type, status_code=status)


def page_pattern(path: str) -> re.Pattern[str]:
    """Convert a path of the app's router to a regular expression: ``:name`` is one part, ``?`` makes it
    optional.
    """
    parts = []
    for part in path.strip("/").split("/"):
        if part == "*":
            parts.append(r"(?:/.*)?")
        elif part.startswith(":"):
            parts.append(r"(?:/[^/]+)?" if part.endswith("?") else r"/[^/]+")
        else:
            parts.append("/" + re.escape(part))
    return re.compile("".join(parts))


def content_security_policy(page: str) -> str:
    """Policy: own scripts, the page's inline ones by hash; images from anywhere, as dashboards show them."""
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in inline
    )
    return (
        f"default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob: https:; frame-src https:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    )


def _read(folder: Path) -> list[tuple[str, File]]:
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in (".br", ".gz") or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        content = {"": path.read_bytes()}
        for coding, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.exists() and name != "index.html":
                content[coding] = packed.read_bytes()
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        found.append((name, File(content, media_type, HASHED if name.startswith("assets/") else CHECKED)))
    return found


def not_found(request: Request[Any, Any, Any], error: NotFoundException) -> Response[Any]:
    """Handler of unmatched paths: a page or file of the web app, else the API's 404."""
    app: WebApp = request.app.state.web_app
    if request.method in ("GET", "HEAD"):
        headers = request.headers
        found = app.answer(
            request.url.path,
            headers.get("accept-encoding", ""),
            headers.get("if-none-match", ""),
            page_wanted="text/html" in headers.get("accept", ""),
        )
        if found is not None:
            return found
    return Response({"errors": [f"Nothing is at {request.method} {request.url.path}"]}, status_code=404)
