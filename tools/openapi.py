"""Prints the server's OpenAPI description as JSON without starting a server, for the web app's types."""

from __future__ import annotations

import sys

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig

from heeler.server.routes import route_handlers


def description() -> bytes:
    """The whole API, in a stable order, so that the types made from it can be compared."""
    app = Litestar(route_handlers=route_handlers, openapi_config=OpenAPIConfig(title="Heeler", version="1"))
    return msgspec.json.encode(app.openapi_schema.to_schema(), order="deterministic")


if __name__ == "__main__":
    sys.stdout.write(description().decode())
