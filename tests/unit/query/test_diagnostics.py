"""What people get wrong is answered with the place and with what would be right there."""

from __future__ import annotations

import pytest

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Window

WINDOW = Window(1_700_000_000, 1_700_003_600, 60)

#: The query, with ``^`` where the message must point, and a part of the message.
MISTAKES = [
    ("^", "the query is empty"),
    ("avg:m{env:prod^", "the { at position 5 is not closed by }"),
    ("avg:m{env:prod ^by {host}", "the { at position 5 is not closed by }"),
    ("abs(avg:m{*}^", "the ( at position 3 is not closed by )"),
    ("avg:m{*}^}", "nothing is opened that } could close"),
    ("avg:m{*}^)", "nothing is opened that ) could close"),
    ("^abz(avg:m{*})", "Unknown function 'abz'; did you mean abs?"),
    ("^ABS(avg:m{*})", "did you mean abs?"),
    ("1 + ^medain_3(avg:m{*})", "did you mean median_3?"),
    ("^abs()", "abs needs more arguments: abs(q)"),
    ("^clamp_min(avg:m{*})", "clamp_min needs more arguments: clamp_min(q, threshold)"),
    ("abs(avg:m{*}, ^2)", "abs takes at most 1 argument: abs(q)"),
    ("timeshift(avg:m{*}, ^'-1h')", "takes a whole number as seconds"),
    ("moving_rollup(avg:m{*}, ^'avg', 60)", "moving_rollup(q, seconds, method='avg')"),
    ("^anomalies(avg:m{*}, 'basic', 2, side='up')", "has no argument 'side'"),
    ("^mean:m{*}", "Unknown aggregator 'mean'; did you mean avg?"),
    ("^AVG:m{*}", "did you mean avg?"),
    ("^median:m{*}", "did you mean p50?"),
    ("^p999:m{*}", "did you mean p99.9?"),
    ("avg ^m{*}", "a colon stands between aggregator and metric: avg:m"),
    ("^avg(m{*})", "as an aggregator it stands before the metric: avg:metric{*}"),
    ("^count(m{*})", "an aggregator stands before the metric: count:metric{*}"),
    ("avg:m{*} ^by host", "in braces: by {host}"),
    ("avg:m{*} ^by (host)", "in braces: by {host}"),
    ("avg:m by {host} ^{env:prod}", "the scope stands before by"),
    ("avg:m{a:b}^{c:d}", "a metric has one scope"),
    ("top(avg:m{*}, 5, ^“mean”)", "typographic quotes"),
    ("top(avg:m{*}, 5, ^‘mean’)", "typographic quotes"),
    ("avg:m{^env:“prod”}", "tags are written without quotes"),
    ("avg:m{env:^\"prod\"}", "tags are written without quotes"),
    ("avg:m{*} * 50^%", "numbers have no %"),
    ("avg:m{*} ^% 2", "the operators are + - * /"),
    ("avg:m{*} *^* 2", "there is no power"),
    ("top(avg:m{*}, 5, ^'mean)", "has no closing '"),
    ("top(avg:m{*}, 5, 'mean, '^desc')", "one ' is missing"),
    ("avg:m{*} +^", "a metric, function or number is missing after '+'"),
    ("avg:m{*} + ^* 2", "expected a metric, function or number"),
    ("avg:m{*},^", "missing after ','"),
    ("SELECT ^avg(x) FROM m WHERE env='prod'", "this is no SQL"),
    ("avg:m{*} ^WHERE env:prod", "this is no SQL"),
    ("avg:m{*} ^GROUP BY {host}", "to group, write by {host}"),
    ("m{^env=prod}", "write env:prod"),
    ("m{^env!=prod}", "write !env:prod"),
    ("rate(m^[5m])", "there are no square brackets"),
    ("avg:m{*} ^> 5", "a query has no comparison"),
    ("avg(last_5m):avg^:m{*} > 5", "avg(last_5m): belongs to a monitor"),
    ("m{a:b ^&& c:d}", "write AND"),
    ("m{a:b ^|| c:d}", "write OR"),
    ("m{a:b ^c:d}", "write a comma, AND or OR between tags"),
    ("m{a:b ^OR}", "a tag is missing after AND, OR or NOT"),
    ("m{a:b,^,c:d}", "a tag is missing between the commas"),
    ("m{a:^(b OR c)}", "written env IN (prod, dev)"),
    ("m{a ^IN b}", "the values stand in parentheses"),
    ("m{a IN (b ^c)}", "commas stand between the values"),
    ("avg:m{*}.as_count^", "a modifier ends with parentheses"),
    ("avg:m{*}.^rolup(sum, 60)", "did you mean .rollup()?"),
    ("avg:m{*}.^rollup(median, 60)", "methods are avg, sum, min, max, count, last"),
    ("avg:m{*}.^rollup(sum, 5m)", "write seconds"),
    ("avg:m{*}.rollup(sum ^60)", "expected ')' or ','"),
    ("avg:m{*}.^fill(previous)", "there are linear, last, zero, null and numbers"),
    ("timeshift(avg:m{*}, -1^h)", "numbers of seconds"),
    ("7^zip.files{*}", "begins with a letter"),
    ("avg:m{*}^; avg:n{*}", "separated by commas"),
    ("avg:m{*} ^avg:n{*}", "an operator or a comma is missing"),
    ("avg:^$metric{*}", "a template variable stands for tags"),
    ("count(v: v^==1):m{*}", "the comparisons of a threshold are > >= < <="),
    ("count(v^>1):m{*}", "a threshold is written count(v: v>=1)"),
    ("sum(avg:m{*} by {host}, ^host)", "takes tag keys such as {host}"),
    ("sum(avg:m{*} by {host}, ^{!host})", "Expected tag keys in braces"),
    ("^avg:m{*} by {$group}", "Template variable $group has no value here"),
]  # fmt: skip


def _ask(text: str) -> None:
    plan(parse(text), WINDOW)


@pytest.mark.parametrize(("marked", "part"), MISTAKES, ids=[marked for marked, _ in MISTAKES])
def test_a_mistake_is_explained_where_it_is(marked: str, part: str) -> None:
    position, text = marked.index("^"), marked.replace("^", "")
    with pytest.raises(QueryError) as caught:
        _ask(text)
    assert part in caught.value.message
    assert caught.value.position == position


def test_the_place_is_said_as_far_as_it_is_known() -> None:
    assert QueryError("Wrong", 3, "m{*}.x").described == "Wrong (position 3, near '}.x')"
    assert QueryError("Wrong", 4, "m{*}").described == "Wrong (position 4, at the end)"
    assert QueryError("Wrong", 4).described == "Wrong (position 4)"
    assert QueryError("Wrong").described == "Wrong"
