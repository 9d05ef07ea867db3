"""The application over a configuration database; see ``tests/unit/accounts/conftest.py``."""

from tests.unit.accounts.conftest import app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]
