"""The search language over logs as they are delivered and kept."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from heeler.logs.search import LOGS
from heeler.query.search.field_sql import Parameters
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import decode

NOW = time.time()
#: What is searched, by a name for each: fields, tags, attributes.
DELIVERED: dict[str, dict[str, Any]] = {
    "full": {
        "message": "Disk /dev/sda1 is FULL: 100%",
        "service": "web",
        "hostname": "search-1",
        "ddsource": "python",
        "status": "error",
        "ddtags": "env:prod,team:Core,path:/var/log,image:registry/web:1.2,urgent",
        "http": {"status_code": 500, "url": "https://a.example/x?y=1", "method": "GET"},
        "network": {"client": {"ip": "10.1.2.3"}},
        "duration": 1_500_000_000,
        "user": {"name": "Ann Lee", "roles": ["admin", "Dev"], "ids": [3, 50]},
    },
    "fine": {
        "message": 'disk checked, user_42 said "all good"\nsecond line',
        "service": "web-api",
        "hostname": "search-2",
        "ddsource": "nginx",
        "status": "info",
        "ddtags": "env:dev,team:core,team:ops",
        "http.status_code": "404",
        "network.client.ip": "192.168.0.9",
        "duration": 20_000,
        "cached": True,
        "ratio": 5.0,
        "note": "a:b (c) [d] \\ e",
    },
    "über": {
        "message": "Größe überschritten — naïve café 東京 done",
        "service": "db",
        "hostname": "search-3",
        "ddsource": "postgres",
        "status": "warn",
        "ddtags": "env:prod",
        "network": {"client": {"ip": "2001:db8::7"}},
        "cached": False,
        "ratio": "5.50",
        "big": 2**60 + 1,
        "empty": "",
        "nothing": None,
        "items": [{"name": "ObjectServer", "size": 5}, {"name": "Type", "size": 70}],
        "my key": "x",
        "ort": "München",
    },
}
NAMES = list(DELIVERED)


@pytest.fixture(scope="module")
def logs(engine: Engine) -> Engine:
    items = [{**item, "timestamp": int(NOW * 1000) + place} for place, item in enumerate(DELIVERED.values())]
    entries = decode(orjson.dumps(items), "application/json", {}, int(NOW * 1e9))
    engine.insert_sync("log_events", logs_table(entries, 77))
    return engine


def found(engine: Engine, search: str) -> str:
    """The names of what ``search`` finds."""
    to = Parameters()
    where = search_condition(search, LOGS, to)
    sql = f"SELECT host FROM {LOGS.name} WHERE ({where}) AND host LIKE 'search-%' ORDER BY host"
    return " ".join(NAMES[int(host[-1]) - 1] for (host,) in engine.rows_sync(sql, to.values))


EVERY = "full fine über"
CASES = {
    "everything": {"": EVERY, "*": EVERY, "  ": EVERY, "*:*": EVERY, "$env": EVERY, "service:*": EVERY},
    "words of the message in any case": {
        "disk": "full fine",
        "DISK": "full fine",
        "dis": "",
        "full": "full",
        "100%": "full",
        "sda1": "full",
        "/dev/sda1": "full",
        "user_42": "fine",
        "user": "fine",
        "checked,": "fine",
        "ÜBERSCHRITTEN": "über",
        "größe": "über",
        "grosse": "",
        "naïve": "über",
        "東京": "über",
    },
    "phrases": {
        '"is full"': "full",
        '"disk is"': "",
        '"full is"': "",
        '"user_42 said"': "fine",
        '"said \\"all good\\""': "fine",
        '"good\\" second"': "fine",
        '"Größe  überschritten"': "über",
        "disk\\ checked": "fine",
        "“is full”": "full",
        '"dis*"': "",
    },
    "wildcards of words": {
        "dis*": "full fine",
        "*isk": "full fine",
        "d?sk": "full fine",
        "d??k": "full fine",
        "d?k": "",
        "caf?": "über",
        "?aïve": "über",
        "*brauchen": "",
        "na*ve": "über",
        "us*_?2": "fine",
    },
    "reserved fields": {
        "service:web": "full",
        "service:Web": "",
        "service:web*": "full fine",
        "service:web-???": "fine",
        "service:(web OR db)": "full über",
        "service:(web* -web-api)": "full",
        "-service:web": "fine über",
        'service:"web-api"': "fine",
        "host:search-2": "fine",
        "source:(nginx OR postgres)": "fine über",
        "status:error": "full",
        "status:ERROR": "full",
        "status:(err OR warning)": "full über",
        "status:w*": "über",
        "message:*FULL*": "full",
        "timestamp:>0": EVERY,
    },
    "tags in any case": {
        "env:prod": "full über",
        "ENV:PROD": "full über",
        "team:core": "full fine",
        "team:(core ops)": "fine",
        "team:ops": "fine",
        "-team:ops": "full über",
        "team:*": "full fine",
        "-team:*": "über",
        "path:/var/log": "full",
        "path:\\/var\\/*": "full",
        "image:registry/web:1.2": "full",
        "image:registry/web\\:1.2": "full",
        'image:"registry/web:1.2"': "full",
        "image:*:1.?": "full",
        "tags:urgent": "full",
        "tags:team\\:core": "full fine",
        "tags:team:o*": "fine",
        'tags:"path:/var/log"': "full",
    },
    "attributes as they are written": {
        "@http.status_code:500": "full",
        "@http.status_code:404": "fine",
        "@http.status_code:(500 OR 404)": "full fine",
        "@http.method:GET": "full",
        "@http.method:get": "",
        "@http.url:https\\:\\/\\/a.example\\/x\\?y\\=1": "full",
        "@http.url:https://a.example/x?y=1": "full",
        "@http.url:*example*": "full",
        '@user.name:"Ann Lee"': "full",
        "@user.name:Ann\\ Lee": "full",
        "@user.name:Ann?Lee": "full",
        "@user.name:Ann": "",
        "@note:a\\:b\\ \\(c\\)\\ \\[d\\]\\ \\\\\\ e": "fine",
        '@note:"a:b (c) [d] \\\\ e"': "fine",
        '"@my key":x': "über",
        '@"my key":x': "über",
        "@my\\ key:x": "über",
        "@ort:München": "über",
        "@ort:M?nchen": "über",
        "@ort:münchen": "",
        "@cached:true": "fine",
        "@cached:false": "über",
        "@cached:True": "",
    },
    "what an attribute has": {
        "@http:*": "full fine",
        "@http.status_code:*": "full fine",
        "-@http.status_code:*": "über",
        "@empty:*": "",
        "@nothing:*": "",
        "@items:*": "über",
        "NOT @items:*": "full fine",
        "@none.at.all:*": "",
    },
    "elements of arrays": {
        "@user.roles:admin": "full",
        "@user.roles:(admin AND Dev)": "full",
        "@user.roles:dev": "",
        "@user.roles:D*": "full",
        "-@user.roles:admin": "fine über",
        "@user.ids:50": "full",
        "@user.ids:>40": "full",
        "@user.ids:[4 TO 40]": "",
        "@items.name:ObjectServer": "über",
        "@items.name:Type": "über",
        "@items.size:>=70": "über",
        "@items.name:*": "über",
        "@items.other:*": "",
    },
    "numbers, also as text": {
        "@http.status_code:>=404": "full fine",
        "@http.status_code:<500": "fine",
        "@http.status_code:>500": "",
        "@http.status_code:[400 TO 499]": "fine",
        "@http.status_code:[404 TO 500]": "full fine",
        "@http.status_code:{404 TO 500}": "",
        "@http.status_code:{404 TO 500]": "full",
        "@http.status_code:[404 TO 500}": "fine",
        "@http.status_code:[* TO 404]": "fine",
        "@http.status_code:{404 TO *}": "full",
        "@http.status_code:[* TO *]": "full fine",
        "@http.status_code:(>=400 AND <500)": "fine",
        "@http.status_code:(<404 OR >404)": "full",
        "-@http.status_code:>404": "fine über",
        "@ratio:5": "fine",
        "@ratio:5.0": "fine",
        "@ratio:5.5": "",
        "@ratio:5.50": "über",
        "@ratio:[5.2 TO 6]": "über",
        "@user.name:>0": "",
        f"@big:{2**60 + 1}": "über",
        f"@big:{2**60}": "",
        "@http.status_code:50*": "full",
    },
    "durations": {
        "@duration:>1s": "full",
        "@duration:>1.5s": "",
        "@duration:>=1500ms": "full",
        "@duration:1.5s": "full",
        "@duration:<1ms": "fine",
        "@duration:[10us TO 30us]": "fine",
        "@duration:20000": "fine",
    },
    "addresses": {
        "CIDR(@network.client.ip,10.0.0.0/8)": "full",
        "CIDR(@network.client.ip, 10.0.0.0/8, 192.168.0.0/16)": "full fine",
        "CIDR(@network.client.ip,2001:db8::/32)": "über",
        "CIDR(@network.client.ip,0.0.0.0/0)": "full fine",
        "CIDR(@network.client.ip,10.1.2.3)": "full",
        "NOT (CIDR(@network.client.ip,10.0.0.0/8))": "fine über",
        "NOT CIDR(@network.client.ip,10.0.0.0/8) env:prod": "über",
        "CIDR(@user.name,10.0.0.0/8)": "",
    },
    "anywhere": {
        "*:admin": "full",
        "*:ann": "full",
        '*:"Ann Lee"': "full",
        '*:"admin Dev"': "",
        "*:roles": "",
        "*:500": "full",
        "*:urgent": "full",
        "*:nginx": "fine",
        "*:disk": "full fine",
        "*:second": "fine",
        "*:Mün*": "über",
        "*:(admin OR München)": "full über",
        "-*:admin": "fine über",
        "*:objectserver": "über",
    },
    "and, or, not": {
        "disk service:web": "full",
        "disk AND service:web": "full",
        "disk && service:web": "full",
        "disk&&service:web": "full",
        "service:db OR service:web disk": "full über",
        "service:db || disk -service:web": "fine über",
        "(service:db OR service:web) env:prod": "full über",
        "disk -full": "fine",
        "disk !full": "fine",
        "disk NOT full": "fine",
        "-(disk OR env:prod)": "",
        "NOT (disk AND env:prod)": "fine über",
        "NOT NOT full": "full",
        "env:prod -(service:db OR -team:core)": "full",
        "and": "",
        "disk and full": "",
        "ORDER": "",
    },
}


@pytest.mark.parametrize(
    ("search", "names"),
    [pytest.param(*case, id=f"{kind}: {case[0]}") for kind in CASES for case in CASES[kind].items()],
)
def test_finds(logs: Engine, search: str, names: str) -> None:
    assert found(logs, search) == names
