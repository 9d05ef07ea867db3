"""Pagination of team endpoints: ``meta`` and ``links`` of list responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.accounts.paging import page_size
from heeler.api.numbers import is_whole
from heeler.api.query_parameters import split_values

Body = dict[str, Any]


def _numbers(query: Mapping[str, str], default: int) -> tuple[int, int]:
    """Page size and page number."""
    number = query.get("page[number]", "")
    return page_size(query, default), int(number) if is_whole(number) else 0


def sparse(data: list[Body], query: Mapping[str, str]) -> list[Body]:
    """Teams with only the attributes that ``fields[team]`` names, separated by commas; all without it."""
    names = set(split_values(query.get("fields[team]", "")))
    if not names:
        return data
    return [
        {**one, "attributes": {name: value for name, value in one["attributes"].items() if name in names}}
        for one in data
    ]


def pagination(total: int, query: Mapping[str, str]) -> Body:
    """``meta`` of a list paged by offset."""
    limit, number = _numbers(query, 10)
    offset = limit * number
    return {
        "pagination": {
            "type": "number_size",
            "total": total,
            "limit": limit,
            "offset": offset,
            "first_offset": 0,
            "prev_offset": max(offset - limit, 0),
            "next_offset": offset + limit,
            "last_offset": max(total - 1, 0) // limit * limit,
        }
    }


def page_meta(total: int, query: Mapping[str, str], default: int) -> Body:
    """``meta.page`` of a list paged by number."""
    size, number = _numbers(query, default)
    last = max(total - 1, 0) // size
    return {
        "type": "number_size",
        "number": number,
        "size": size,
        "total": total,
        "first_number": 0,
        "last_number": last,
        "prev_number": number - 1 if number else None,
        "next_number": number + 1 if number < last else None,
    }


def page_links(path: str, total: int, query: Mapping[str, str], default: int) -> Body:
    """``links`` to the first, last, next and previous page."""
    meta = page_meta(total, query, default)

    def link(number: int | None) -> str | None:
        return None if number is None else f"{path}?page[number]={number}&page[size]={meta['size']}"

    return {
        "self": link(meta["number"]),
        "first": link(0),
        "last": link(meta["last_number"]),
        "next": link(meta["next_number"]),
        "prev": link(meta["prev_number"]),
    }
