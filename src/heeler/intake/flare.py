"""Endpoint of flares: the bundle that `agent flare` sends to Datadog's support is stored for the operator.

A flare is stored as `flares/CASE.zip` in the data directory.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, head, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from heeler.api.auth import api_key_guard, services_of
from heeler.api.errors import bad_request

#: Maximum size of a bundle: an Agent's has one to ten million bytes.
MAX_FLARE_BYTES = 64 * 2**20
#: The oldest beyond this number are removed.
MAX_FLARES = 50
_keeping = threading.Lock()


@head(["/support/flare", "/support/flare/{case:str}"], status_code=200)
async def flare_probe() -> None:
    """Whether flares are accepted; Agents check before they send one."""


@post(
    ["/support/flare", "/support/flare/{case:str}"],
    guards=[api_key_guard],
    status_code=200,
    request_max_body_size=MAX_FLARE_BYTES,
)
async def flare(
    request: Request[Any, Any, Any],
    data: Annotated[dict[str, object], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, int]:
    """Store a flare; the case number in the response is its file name."""
    upload = data.get("flare_file")
    if not isinstance(upload, UploadFile):
        raise bad_request("The form has no file `flare_file`.")
    folder = services_of(request).settings.data_dir / "flares"
    case = int(services_of(request).now() * 1000)
    return {"case_id": await asyncio.to_thread(_keep, folder, case, await upload.read())}


def _keep(folder: Path, case: int, content: bytes) -> int:
    """Store ``content`` under the number ``case``, or one after those of all others; returns the number."""
    with _keeping:
        folder.mkdir(parents=True, exist_ok=True)
        known = sorted(folder.glob("*.zip"))
        numbers = [int(path.stem) for path in known if path.stem.isdecimal()]
        case = max([case, *(number + 1 for number in numbers)])
        (folder / f"{case}.zip").write_bytes(content)
        for old in known[: max(len(known) + 1 - MAX_FLARES, 0)]:
            old.unlink(missing_ok=True)
    return case


handlers: list[ControllerRouterHandler] = [flare_probe, flare]
