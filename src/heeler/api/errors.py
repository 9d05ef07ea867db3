"""API errors in the format of the public API: ``{"errors": ["what happened, where, and what to do"]}``."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An error response. ``messages`` are sentences for the caller."""

    def __init__(self, status: int, *messages: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        return {"errors": list(self.messages)}


def bad_request(*messages: str) -> ApiError:
    return ApiError(400, *messages)


def not_found(what: str) -> ApiError:
    return ApiError(404, f"{what} not found")
