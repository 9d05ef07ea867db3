"""Map of source ids to target ids; stored by the target, so that a repeated import creates no duplicates,
whoever runs it and from where."""

from __future__ import annotations

from dataclasses import dataclass

from heeler.importers.client import Api

PATH = "/api/ui/imports/objects"
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """``target_id`` is empty while the object is being created; ``digest`` is that of the last write, empty
    if it was incomplete.
    """

    target_id: str
    digest: str


class IdMap:
    """Id map of one source, read at the start and written entry by entry."""

    def __init__(self, api: Api, source: str) -> None:
        self._api = api
        self._source = source
        self._entries: dict[tuple[str, str], Entry] = {}
        self._taken: dict[str, set[str]] = {}

    async def load(self) -> None:
        start = 0
        while True:
            query = {"source": self._source, "start": str(start), "count": str(_PAGE)}
            found = (await self._api.request("GET", PATH, query))["objects"]
            for one in found:
                self._remember(one["kind"], one["source_id"], Entry(one["target_id"], one["digest"]))
            if len(found) < _PAGE:
                return
            start += _PAGE

    def get(self, kind: str, id_: str) -> Entry | None:
        return self._entries.get((kind, id_))

    def is_taken(self, kind: str, target_id: str) -> bool:
        """Whether an object here is already mapped to a resource."""
        return target_id in self._taken.get(kind, ())

    async def put(self, kind: str, id_: str, entry: Entry) -> None:
        body = {
            "source": self._source,
            "kind": kind,
            "source_id": id_,
            "target_id": entry.target_id,
            "digest": entry.digest,
        }
        await self._api.request("PUT", PATH, None, body)
        self._remember(kind, id_, entry)

    def assume(self, kind: str, id_: str, entry: Entry) -> None:
        """Like :meth:`put`, for a dry run: nothing is written."""
        self._remember(kind, id_, entry)

    def _remember(self, kind: str, id_: str, entry: Entry) -> None:
        self._entries[kind, id_] = entry
        if entry.target_id:
            self._taken.setdefault(kind, set()).add(entry.target_id)
