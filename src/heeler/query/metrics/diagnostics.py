"""Diagnostics of syntax errors: the likely intent, the reason for the error, and the correct form.

Works on the text and the position where parsing stopped. Only :func:`in_tag` rejects text that could be
parsed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: Display names of the grammar's terminals. Synonymous ones share a name.
_EXPECTED = {
    **dict.fromkeys(("PLUS", "MINUS", "STAR", "SLASH"), "an operator"),
    "NAME": "a metric or function",
    "NUMBER": "a number",
    "STRING": "a quoted text",
    "WORD": "a tag",
    "KEY": "a tag",
    "IDENTIFIER": "a modifier such as rollup",
    "PLAIN": "a word or number",
    "LPAR": "'('",
    "RPAR": "')'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "COMMA": "','",
    "COLON": "':'",
    "DOT": "a modifier such as .rollup(sum, 60)",
    "EQUAL": "'='",
    "BANG": "'!'",
    "BY": "by {tag}",
    "COMPARATOR": "a comparison",
    "$END": "the end",
}
#: Aggregators of other languages and long names.
_AGGREGATORS = {
    "mean": "avg",
    "average": "avg",
    "total": "sum",
    "minimum": "min",
    "maximum": "max",
    "median": "p50",
    "std": "stddev",
    "latest": "last",
    "cardinality": "count",
    "number": "count",
}
_KNOWN_AGGREGATORS = ("avg", "sum", "min", "max", "count", "last", "stddev", "histogram")
#: Maximum number of listed alternatives: longer lists obscure the explanation.
_FEW = 3
_PAIRS = {"(": ")", "{": "}"}

Rule = tuple[re.Pattern[str], re.Pattern[str], str]


def _rule(before: str, after: str, message: str) -> Rule:
    return re.compile(rf"(?:{before})\s*\Z", re.I), re.compile(rf"\s*(?:{after})", re.I), message


#: Text before the position, text at the position, and the message.
_RULES: tuple[Rule, ...] = (
    _rule(r"", r"[“”„‘’‚«»]", "typographic quotes are not read; write ' or \""),
    _rule(r"\bby", r"[A-Za-z@]", "the tags to group by stand in braces: by {host}"),
    _rule(r"\bby", r"\(", "the tags to group by stand in braces: by {host}"),
    _rule(r"", r"by\s+[A-Za-z@(\[]", "the tags to group by stand in braces: by {host}"),
    _rule(r"", r"group\s+by\b", "to group, write by {host} after the scope"),
    _rule(
        r"",
        r"(?:where|from|order|limit|having|as|select)\b",
        "this is no SQL; a query looks like avg:system.cpu.user{env:prod} by {host}",
    ),
    _rule(r"\bcount\(\s*\w+\s*:\s*\w+", r"[<>=!]", "the comparisons of a threshold are > >= < <="),
    _rule(r"\bcount\(\s*\w+", r"[<>=!]", "a threshold is written count(v: v>=1):metric{*}"),
    _rule(r"\d", r"(?:ms|mo|[smhdw])\b", "times are numbers of seconds: 300 for five minutes"),
    _rule(r"", r"\$", "a template variable stands for tags, in the braces of a scope: {$env}"),
    _rule(r"\d", r"%", "numbers have no %; write 50 * ... / 100, or the number alone"),
    _rule(r"", r"%", "there is no %; the operators are + - * /"),
    _rule(r"\*", r"\*", "there is no power; multiply the expression by itself"),
    _rule(r"", r"\^", "there is no power; multiply the expression by itself"),
    _rule(
        r"",
        r"[<>]=?|==|!=|=",
        "a query has no comparison; monitors compare, and is_greater(q, 5) or cutoff_min(q, 5) do within one",
    ),
    _rule(r"", r";", "several queries are separated by commas"),
    _rule(
        r"", r"\[", "there are no square brackets; a scope is {env:prod}, and .rollup(avg, 300) sets the time"
    ),
)
_IN_SCOPE: tuple[Rule, ...] = (
    _rule(r"", r"[“”„‘’‚«»\"']", "tags are written without quotes: {env:prod}"),
    _rule(r"\bin", r"[^\s(]", "the values stand in parentheses: env IN (prod, dev)"),
    _rule(r"\S", r"in\s+[^\s(]", "the values stand in parentheses: env IN (prod, dev)"),
    _rule(r"\bin\s*\([^)]*", r"[^\s,)]", "commas stand between the values: env IN (prod, dev)"),
    _rule(r":", r"\(", "several values of a tag are written env IN (prod, dev)"),
    _rule(r"", r"&&", "write AND or a comma"),
    _rule(r"", r"\|\|?", "write OR"),
    _rule(r"", r"(?:and|or|not)\s*\}", "a tag is missing after AND, OR or NOT"),
    _rule(r",", r",", "a tag is missing between the commas"),
    _rule(r"[^\s(,!{]", r"[A-Za-z$@*!:]", "write a comma, AND or OR between tags"),
)


def explain(text: str, position: int, expected: Iterable[str]) -> str:
    """Explain why ``text`` cannot be parsed at ``position``, where the grammar allows the ``expected``
    terminals.
    """
    if not text.strip():
        return "the query is empty; expected for example avg:system.cpu.user{*}"
    wanted = _wanted(set(expected))
    for find in (_monitor, _sql, _unclosed_quote, _unclosed, _stray, _by_rule, _after_operator):
        found = find(text, position)
        if found:
            return f"{found}; expected {_joined(wanted)}" if 0 < len(wanted) <= _FEW else found
    return f"expected {_joined(wanted)}" if wanted else "this cannot stand here"


def _joined(texts: list[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} or {last}" if most else last


def _wanted(expected: set[str]) -> list[str]:
    """Names of the terminals; synonymous ones are named once."""
    # At the start of an expression, all of its possible first terminals count as one.
    if {"NAME", "NUMBER", "MINUS"} <= expected:
        expected = expected - {"NAME", "NUMBER", "MINUS", "PLUS", "LPAR"}
        texts = ["a metric, function or number"]
    elif {"WORD", "BANG"} <= expected:
        expected = expected - {"WORD", "KEY", "BANG", "LPAR", "NOT"}
        texts = ["a tag"]
    else:
        texts = []
    return [*texts, *sorted({_EXPECTED[name] for name in expected if name in _EXPECTED})]


def _monitor(text: str, _: int) -> str:
    found = re.match(r"\s*\w+\((?:last|next|current)_\w+\)\s*:", text)
    return f"{found[0].strip()} belongs to a monitor; the query is what follows it" if found else ""


def _sql(text: str, _: int) -> str:
    if re.match(r"\s*select\b(?!\s*[:{(.])", text, re.I):
        return "this is no SQL; a query looks like avg:system.cpu.user{env:prod} by {host}"
    return ""


def _unclosed_quote(text: str, position: int) -> str:
    here = text[position : position + 1]
    if _within_braces(text, position):
        return ""
    if here in ("'", '"') and here not in text[position + 1 :]:
        return f"the text that begins here has no closing {here}"
    odd = next((sign for sign in "'\"" if sign in text[:position] and text.count(sign) % 2), "")
    return f"a text is not closed: one {odd} is missing" if odd else ""


def _open(text: str) -> list[int]:
    """Positions of unclosed brackets in ``text``, ignoring quoted texts."""
    stack: list[int] = []
    quote = ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _PAIRS:
            stack.append(place)
        elif stack and sign == _PAIRS[text[stack[-1]]]:
            stack.pop()
    return stack


def _within_braces(text: str, position: int) -> bool:
    stack = _open(text[:position])
    return any(text[place] == "{" for place in stack)


def _unclosed(text: str, position: int) -> str:
    stack = _open(text[:position])
    rest = text[position:].strip()
    if not stack or (rest and rest[0] not in ")}" and not re.match(r"by\s*\{", rest, re.I)):
        return ""
    opened = text[stack[-1]]
    if rest.startswith(_PAIRS[opened]):
        return ""
    return f"the {opened} at position {stack[-1]} is not closed by {_PAIRS[opened]}"


def _stray(text: str, position: int) -> str:
    sign = text[position : position + 1]
    return (
        f"nothing is opened that {sign} could close"
        if sign in (")", "}") and not _open(text[:position])
        else ""
    )


def _by_rule(text: str, position: int) -> str:
    before, after = text[:position], text[position : position + 40]
    within = _within_braces(text, position)
    for first, then, message in (*_IN_SCOPE, *_RULES) if within else _RULES:
        if first.search(before[-40:]) and then.match(after):
            return message
    if within:
        return ""
    return _missing(before, after)


def _missing(before: str, after: str) -> str:
    word = re.search(r"([A-Za-z_]\w*)\s*\Z", before)
    if word and word[1].lower() in (*_KNOWN_AGGREGATORS, *_AGGREGATORS) and re.match(r"\s*[A-Za-z_]", after):
        name = _AGGREGATORS.get(word[1].lower(), word[1].lower())
        return f"a colon stands between aggregator and metric: {name}:{after.split('{')[0].strip()}"
    if re.search(r"\.\s*[A-Za-z_]\w*\s*\Z", before) and not after.strip():
        return "a modifier ends with parentheses, for example .as_count()"
    if re.search(r"by\s*\{[^}]*\}\s*\Z", before, re.I) and after.lstrip().startswith("{"):
        return "the scope stands before by: avg:system.cpu.user{env:prod} by {host}"
    if before.rstrip().endswith("}") and after.lstrip().startswith("{"):
        return "a metric has one scope; write {env:prod,region:us}"
    if re.search(r"[})\d]\s*\Z", before) and re.match(r"\s*[\w(]", after) and before[-1:].isspace():
        return "an operator or a comma is missing between two expressions"
    if re.search(r"(?:\A|[\s(,+*/-])\d+\s*\Z", before) and re.match(r"[A-Za-z_]", after):
        return "the name of a metric begins with a letter"
    return ""


def _after_operator(text: str, position: int) -> str:
    found = re.search(r"([-+*/,])\s*\Z", text[:position])
    if found and not text[position:].strip():
        return f"a metric, function or number is missing after {found[1]!r}"
    return ""


def in_tag(tag: str) -> str:
    """Error in a tag that parses but can never match; empty if there is none."""
    if re.search(r"[“”„‘’‚«»]", tag):
        return "tags are written without quotes: {env:prod}"
    found = re.match(r"-?([\w.@/-]+?)(!=|==?|=~)(.*)\Z", tag)
    if found is None or ":" in found[1]:
        return ""
    key, sign, value = found.groups()
    return f"{tag!r} is not a tag; write {'!' if sign == '!=' else ''}{key}:{value or 'value'}"


def unknown_aggregator(name: str) -> str:
    """Message for an unknown aggregator: similar names, and all available ones."""
    lower = name.lower()
    near = difflib.get_close_matches(lower, _KNOWN_AGGREGATORS, 1, 0.6)
    finer = re.match(r"p(\d\d)(\d+)\Z", lower)
    meant = f"p{finer[1]}.{finer[2]}" if finer else _AGGREGATORS.get(lower) or (near[0] if near else "")
    hint = f"did you mean {meant}? There" if meant else "there"
    return (
        f"Unknown aggregator {name!r}; {hint} are {', '.join(_KNOWN_AGGREGATORS)} and percentiles such as p95"
    )
