"""The museum's web application: what a visitor sees after scanning a code. Run it under ``ddtrace-run``."""

from __future__ import annotations

import io
import logging
import os
import time

import segno
from flask import Flask, Response, abort, render_template_string, request

from museum.exhibits import BY_ID, DOORS, Exhibit, in_room
from museum.media import chime, missing

log = logging.getLogger("museum")

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<style>
body { font: 16px/1.5 Georgia, serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
img { width: 8rem } a { color: #7a3b00 }
</style>{{ body|safe }}</html>"""


def create_app() -> Flask:
    app = Flask("museum")

    @app.get("/")
    def floor_plan() -> str:
        rooms = "".join(
            f"<h2>{room.title()}</h2><ul>" + "".join(_entry(exhibit) for exhibit in in_room(room)) + "</ul>"
            for room in DOORS
        )
        return _page("Floor plan", f"<h1>The museum</h1>{rooms}")

    @app.get("/exhibits/<exhibit_id>")
    def exhibit_page(exhibit_id: str) -> str:
        exhibit = _find(exhibit_id)
        log.info("exhibit %s opened", exhibit.id)
        year = f"{-exhibit.year} BCE" if exhibit.year < 0 else str(exhibit.year)
        return _page(
            exhibit.title,
            f"<h1>{exhibit.title}</h1><p>{exhibit.room.title()} room, {year}</p><p>{exhibit.story}</p>"
            f'<audio controls src="/audio/{exhibit.id}.wav"></audio>'
            f'<p><img alt="QR code" src="/codes/{exhibit.id}.svg"></p>',
        )

    @app.get("/audio/<exhibit_id>.wav")
    def audio(exhibit_id: str) -> Response:
        exhibit = _find(exhibit_id)
        if missing(exhibit.id, time.time()):
            log.error("audio of %s is missing: the file was moved", exhibit.id)
            abort(404, f"The audio of {exhibit.title} is missing.")
        return Response(chime(exhibit.id), mimetype="audio/wav")

    @app.get("/codes/<exhibit_id>.svg")
    def code(exhibit_id: str) -> Response:
        exhibit = _find(exhibit_id)
        target = io.BytesIO()
        address = f"{request.host_url}exhibits/{exhibit.id}"
        segno.make(address, error="h").save(target, kind="svg", scale=4)
        return Response(target.getvalue(), mimetype="image/svg+xml")

    return app


def _find(exhibit_id: str) -> Exhibit:
    exhibit = BY_ID.get(exhibit_id)
    if exhibit is None:
        log.warning("no exhibit %r: a code leads nowhere", exhibit_id)
        abort(404, "This code leads nowhere.")
    return exhibit


def _entry(exhibit: Exhibit) -> str:
    return f'<li><a href="/exhibits/{exhibit.id}">{exhibit.title}</a></li>'


def _page(title: str, body: str) -> str:
    return render_template_string(_PAGE, title=title, body=body)


if __name__ == "__main__":
    logging.basicConfig(
        level=logging.INFO,
        format=(
            "%(asctime)s %(levelname)s %(name)s: %(message)s [dd.service=%(dd.service)s dd.env=%(dd.env)s "
            "dd.version=%(dd.version)s dd.trace_id=%(dd.trace_id)s dd.span_id=%(dd.span_id)s]"
        ),
    )
    create_app().run(host="127.0.0.1", port=int(os.environ.get("MUSEUM_PORT", "5060")), threaded=True)
