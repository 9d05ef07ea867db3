"""Per-round cache of host metadata for the groups of monitors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from heeler.api.services import Services
from heeler.store.database import in_parts

ADDRESS = r'"(?:ip_?address|host_ip|ip)\\{0,8}"\s{0,8}:\s{0,8}\\{0,8}"((?:\d{1,3}\.){3}\d{1,3})\\{0,8}"'
"""RE2. Agents send host metadata as JSON, some of it as JSON within a JSON string."""


def host_of(tags: Iterable[str]) -> str:
    """The host named by ``tags``; empty for none."""
    return next((tag[5:] for tag in tags if tag.startswith("host:")), "")


class HostFacts:
    """``name`` and ``ip`` by host; loads all hosts that are not cached with one statement."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, Mapping[str, str]] = {}

    async def look_up(self, hosts: Iterable[str]) -> None:
        missing = sorted({host for host in hosts if host} - self._known.keys())
        for some in in_parts(missing):
            rows = await self._services.engine.rows(
                "SELECT host, arrayFilter(x -> x != '', groupArray(extract(payload, {address:String})))[1] "
                "FROM host_metadata FINAL WHERE host IN {hosts:Array(String)} GROUP BY host",
                {"hosts": some, "address": ADDRESS},
            )
            addresses = {str(host): str(address) for host, address in rows}
            for host in some:
                address = addresses.get(host, "")
                self._known[host] = {"name": host, "ip": address} if address else {"name": host}

    def of(self, tags: Iterable[str]) -> Mapping[str, str]:
        """Metadata of the host among ``tags``; empty if there is none or it was not loaded."""
        return self._known.get(host_of(tags), {})
