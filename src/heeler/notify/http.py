"""One HTTP POST to an address that was checked, so that a name cannot change its meaning in between."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from heeler.notify.webhooks import WebhookError, resolve


async def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = 15.0) -> int:
    """The answer's status. Redirects are not followed. Raises :class:`WebhookError`."""
    try:
        async with asyncio.timeout(seconds):
            host, address, port = await resolve(url)
            return await _post(url, host, address, port, body, headers)
    except (OSError, TimeoutError, ValueError) as error:
        raise WebhookError(f"{url}: {str(error) or 'no answer in time'}") from error


async def _post(url: str, host: str, address: str, port: int, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if secure else None
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given = {"Host": parts.netloc.rpartition("@")[2], "Content-Length": str(len(body)), **headers}
        lines = [f"POST {_one_line(target)} HTTP/1.1", "Connection: close", "User-Agent: heeler"]
        lines += [f"{_one_line(name)}: {_one_line(value)}" for name, value in given.items()]
        writer.write("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body)
        await writer.drain()
        status = (await reader.readline()).split()
        return int(status[1])
    except IndexError as error:
        raise ValueError("the answer is not HTTP") from error
    finally:
        writer.close()


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
