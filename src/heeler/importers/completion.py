"""What a request needs to know of this installation, beyond the ids in it, before it is sent."""

from __future__ import annotations

from typing import Any

from heeler.importers.client import Api, ApiProblem
from heeler.importers.kinds import ORDERS, Kind

Object = dict[str, Any]
Query = dict[str, str] | None


class Completion:
    """Completes requests for one import."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._organization = ""

    async def of(self, kind: Kind, sent: Object) -> tuple[Object, Query]:
        """The body and query parameters to send. Raises :class:`ApiProblem`."""
        if kind.name in ORDERS:
            return await self._order(kind, sent), None
        if kind.name == "restriction_policies":
            return await self._policy(sent), {"allow_self_lockout": "true"}
        return sent, None

    async def _order(self, kind: Kind, sent: Object) -> Object:
        """An order names everything: what is only here stays behind what came, in its own order."""
        name = ORDERS[kind.name]
        here = [str(one) for one in (await self._api.request("GET", kind.list_path))[name]]
        first = [one for one in sent[name] if one in here]
        return {name: first + [one for one in here if one not in first]}

    async def _policy(self, sent: Object) -> Object:
        """The organization as a principal is the one here. A binding that lost all its principals would lock
        everyone out of the resource, and one that is left out would open it to everyone: neither is sent.
        """
        bindings = []
        for binding in sent["data"]["attributes"].get("bindings", []):
            principals = [await self._principal(one) for one in binding["principals"]]
            if not principals:
                raise ApiProblem(0, f"None of those it names as {binding.get('relation')} came")
            bindings.append({**binding, "principals": principals})
        data = {**sent["data"], "attributes": {"bindings": bindings}}
        return {"data": data}

    async def _principal(self, name: str) -> str:
        if not name.startswith("org:"):
            return name
        if not self._organization:
            answer = await self._api.request("GET", "/api/v1/org")
            self._organization = str(answer["orgs"][0]["public_id"])
        return f"org:{self._organization}"
