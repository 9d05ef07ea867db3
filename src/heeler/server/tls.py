"""TLS of the server's own port: certificate files are reloaded when they change."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.server")

#: Interval between checks of the files.
LOOK_SECONDS = 10.0


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS context for ``certificate`` (PEM, with its chain). Raises ``OSError``, ``ssl.SSLError``."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(certificate, key)
    return made


async def reload_changed(
    served: ssl.SSLContext,
    certificate: Path,
    key: Path,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Load the files into ``served`` whenever they change, until canceled; applies to new connections.

    Files that do not match each other (one is not replaced yet) or cannot be read leave the current
    certificate in place; that is logged once and retried when they change.
    """
    seen = _stamp(certificate, key)
    while True:
        await sleep(LOOK_SECONDS)
        stamp = await asyncio.to_thread(_stamp, certificate, key)
        if stamp == seen:
            continue
        seen = stamp
        try:
            # First into a separate context: a failed load would leave the served one partly changed.
            await asyncio.to_thread(context, certificate, key)
            served.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            telemetry.count("heeler.server.tls_reload_failures")
            log.warning("The certificate %s was not reloaded: %s", certificate, error)
        else:
            log.info("The certificate %s was reloaded", certificate)


def _stamp(*files: Path) -> tuple[tuple[int, int] | None, ...]:
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_ino))
    return tuple(found)
