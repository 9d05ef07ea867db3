"""Obfuscation of literals in SQL, query plans and MongoDB commands, for checks that sample queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from heeler.wire.sql_marks import ClosingMarks

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
  | (?P<literal>
        '(?:[^'\\]|\\.|'')*'
      | \$\d+
      | \b(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b
    )
  | (?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
  | (?P<bracket>\[)
  | (?P<word>[A-Za-z_][\w$.]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_QUOTES = frozenset("'\"`")
_IN_LIST = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_COMMANDS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "TRUNCATE", "JOIN", "MERGE", "WITH"}
)
_BEFORE_TABLE = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE"})
_PLAN_SQL = frozenset(
    {"Filter", "Index Cond", "Hash Cond", "Join Filter", "Recheck Cond", "Merge Cond", "Output", "Sort Key",
     "attached_condition"}
)  # fmt: skip
_PLAN_KEPT = frozenset(
    {"Node Type", "Parent Relationship", "Join Type", "Strategy", "Relation Name", "Schema", "Alias",
     "Index Name", "Scan Direction", "Operation", "access_type", "table_name", "key", "Startup Cost",
     "Total Cost", "Plan Rows", "Plan Width", "cost_info", "select_id"}
)  # fmt: skip
_PLAN_NUMBERS = frozenset({"Startup Cost", "Total Cost", "Plan Rows", "Plan Width", "cost_info"})
_MONGO_KEPT = frozenset(
    {"find", "aggregate", "insert", "update", "delete", "count", "distinct", "findAndModify", "collection",
     "$db", "comment", "sort", "projection", "limit", "skip"}
)  # fmt: skip


def obfuscate_sql(query: str, options: str = "") -> str:
    """Return ``query`` with literals replaced by ``?`` and comments removed; as JSON with metadata if the
    options request it.

    What follows an opening quote or comment mark without its end, as in queries that a database cut, is one
    literal: no value may leak.
    """
    out: list[str] = []
    comments: list[str] = []
    tables: list[str] = []
    commands: list[str] = []
    previous = ""
    for kind, token in _tokens(query):
        if kind == "literal":
            out.append("?")
            previous = ""
        elif kind == "comment":
            comments.append(token)
        elif kind == "space":
            out.append(" ")
        else:
            upper = token.upper()
            if kind in ("word", "quoted") and previous in _BEFORE_TABLE and upper != "SELECT":
                tables.append(token.strip('"`[]'))
            if upper in _COMMANDS:
                commands.append(upper)
            previous = upper
            out.append(token)
    text = _IN_LIST.sub("( ? )", re.sub(r" +", " ", "".join(out))).strip()
    if not options or not json.loads(options).get("return_json_metadata"):
        return text
    names = list(dict.fromkeys(tables))
    metadata = {
        "size": len(",".join(names)) + sum(map(len, comments)),
        "tables_csv": ",".join(names),
        "commands": commands,
        "comments": comments,
        "procedures": [],
    }
    return json.dumps({"query": text, "metadata": metadata})


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    """Kinds and texts of the tokens, in linear time."""
    marks = ClosingMarks(query)
    at = 0
    while match := _TOKEN.match(query, at):
        kind, start, at = match.lastgroup or "other", at, match.end()
        if kind == "block":
            end = marks.after("*/", at)
            kind, at = ("comment", end) if end > 0 else ("literal", len(query))
        elif kind == "dollar":
            end = marks.after_tag(match.group(), at)
            kind, at = "literal", end if end > 0 else len(query)
        elif kind == "bracket" and (end := marks.after("]", at)) > 0:
            kind, at = "quoted", end
        elif match.group() in _QUOTES:
            kind, at = "literal", len(query)
        yield kind, query[start:at]


def obfuscate_sql_exec_plan(plan: str, normalize: bool = False) -> str:
    """Return a JSON query plan with its values masked; ``normalize`` masks costs and row counts too."""
    try:
        tree = json.loads(plan)
    except ValueError as error:
        raise RuntimeError(f"the plan is not JSON: {error}") from error
    return json.dumps(_mask_plan(tree, "", normalize))


def _mask_plan(node: Any, key: str, normalize: bool) -> Any:
    if isinstance(node, dict):
        return {name: _mask_plan(value, name, normalize) for name, value in node.items()}
    if isinstance(node, list):
        return [_mask_plan(value, key, normalize) for value in node]
    if key in _PLAN_SQL and isinstance(node, str):
        return obfuscate_sql(node)
    if key in _PLAN_KEPT and not (normalize and key in _PLAN_NUMBERS):
        return node
    return "?"


def obfuscate_mongodb_string(command: str) -> str:
    """Return a MongoDB command as JSON with its values masked and its structure preserved."""
    try:
        tree = json.loads(command)
    except ValueError as error:
        raise RuntimeError(f"the command is not JSON: {error}") from error
    return json.dumps(_mask_mongo(tree, ""))


def _mask_mongo(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        return {name: _mask_mongo(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [_mask_mongo(value, key) for value in node]
    return node if key in _MONGO_KEPT else "?"
