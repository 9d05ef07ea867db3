"""Endpoint of flares: the bundle that `agent flare` sends to Datadog's support is stored for the operator.

A flare is stored as `flares/CASE.zip` in the data directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

from litestar import Request, head, post
from litestar.datastructures import UploadFile
from litestar.types import ControllerRouterHandler

from heeler.api.auth import api_key_guard, caller_of, services_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services
from heeler.store.fair_slots import UNKNOWN, FairSlots, NoSlot

#: Maximum size of a bundle: an Agent's has one to ten million bytes.
MAX_FLARE_BYTES = 64 * 2**20
#: The oldest beyond this number are removed.
MAX_FLARES = 50
#: Flares that are received at a time, and that wait, unread.
AT_A_TIME, WAITING = 4, 200
_keeping = threading.Lock()


class FlareTurns:
    """Turns of senders, by API key, as ``services.part(FlareTurns)``."""

    def __init__(self, _: Services) -> None:
        self._slots = FairSlots(AT_A_TIME, WAITING)

    @contextlib.asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """Raises ``ApiError`` 429."""
        try:
            await self._slots.acquire(owner)
        except NoSlot:
            raise ApiError(429, f"{WAITING} flares wait to be received: send it again later.") from None
        try:
            yield
        finally:
            self._slots.release(owner)


@head(["/support/flare", "/support/flare/{case:str}"], status_code=200)
async def flare_probe() -> None:
    """Whether flares are accepted; Agents check before they send one."""


@post(
    ["/support/flare", "/support/flare/{case:str}"],
    guards=[api_key_guard],
    status_code=200,
    request_max_body_size=MAX_FLARE_BYTES,
)
async def flare(request: Request[Any, Any, Any]) -> dict[str, int]:
    """Store a flare, the file ``flare_file`` of a form; the case number in the response is its file name."""
    services = services_of(request)
    if not services.disk.has_room():
        raise ApiError(507, services.disk.status().message)
    async with services.part(FlareTurns).turn(caller_of(request.scope) or UNKNOWN):
        try:
            form = await request.form()
        except (LookupError, UnicodeDecodeError) as error:  # a charset or text of a field
            raise bad_request(f"The form cannot be read: {error}") from None
        try:
            upload = form.get("flare_file")
            if not isinstance(upload, UploadFile):
                raise bad_request("The form has no file `flare_file`.")
            folder, case = services.settings.data_dir / "flares", int(services.now() * 1000)
            return {"case_id": await asyncio.to_thread(_keep, folder, case, upload.file)}
        finally:
            await form.close()


def _keep(folder: Path, case: int, content: IO[bytes]) -> int:
    """Store ``content`` under the number ``case``, or one after those of all others; returns the number."""
    with _keeping:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = sorted(int(path.stem) for path in folder.glob("*.zip") if path.stem.isdecimal())
        case = max([case, *(number + 1 for number in numbers)])
        with (folder / f"{case}.zip").open("wb") as file:
            shutil.copyfileobj(content, file)
        for old in numbers[: max(len(numbers) + 1 - MAX_FLARES, 0)]:
            (folder / f"{old}.zip").unlink(missing_ok=True)
    return case


handlers: list[ControllerRouterHandler] = [flare_probe, flare]
