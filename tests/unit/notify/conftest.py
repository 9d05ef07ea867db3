from __future__ import annotations

from tests.unit.accounts.conftest import app, services

__all__ = ["app", "services"]
