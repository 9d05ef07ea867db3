"""Work that one server of several does."""

from __future__ import annotations

from heeler.server.routes import shared_tasks
from heeler.store.leases import NAMES


def test_each_shared_task_has_a_lease_that_servers_take() -> None:
    assert {lease for lease, _ in shared_tasks} <= set(NAMES)
