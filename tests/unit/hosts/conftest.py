"""The application over a store and a configuration database; see ``tests/unit/api_app.py``."""

from tests.unit.api_app import admin, app, nobody, quick_hashes, reader, services, standard, store

__all__ = ["admin", "app", "nobody", "quick_hashes", "reader", "services", "standard", "store"]
