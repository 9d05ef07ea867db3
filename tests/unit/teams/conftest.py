from __future__ import annotations

from tests.unit.accounts.conftest import app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]
