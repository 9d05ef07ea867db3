"""The application over a configuration database; see ``tests/unit/api_app.py``."""

from tests.unit.api_app import admin, app, quick_hashes, services

__all__ = ["admin", "app", "quick_hashes", "services"]
