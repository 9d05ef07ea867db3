"""Answers of the API for metric queries that fail."""

from __future__ import annotations

from heeler.api.errors import ApiError
from heeler.query.metrics.errors import QueryError


def api_error(error: QueryError) -> ApiError:
    """``error`` in the API's own shape, with its status: 400, 503 (with ``Retry-After``) or 504."""
    retry = {"Retry-After": "2"} if error.status == 503 else None
    return ApiError(error.status, error.described, headers=retry)
