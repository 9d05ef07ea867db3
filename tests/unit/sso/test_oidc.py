"""The client of an identity provider that answers anything: over a real socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk, jwt

from heeler.api.errors import ApiError
from heeler.settings import Settings
from heeler.sso.oidc import Provider, ProviderError

KEY = jwk.RSAKey.generate_key(2048, parameters={"kid": "own"})
PUBLIC = KEY.as_dict(private=False)
VERIFIER = "v" * 43


class Idp:
    """An identity provider whose answers a test sets: a status and a body by path."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.down = False
        self.bodies: dict[str, tuple[int, bytes]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.asked[self.path] += 1
                status, body = (500, b"") if outer.down else outer.bodies.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.describe()
        self.answer("/keys", {"keys": [PUBLIC]})
        self.answer("/userinfo", {"sub": "ann", "groups": ["sre"]})
        self.give()

    def answer(self, path: str, document: Any, status: int = 200) -> None:
        self.bodies[path] = (
            status,
            document if isinstance(document, bytes) else json.dumps(document).encode(),
        )

    def describe(self, **changed: Any) -> None:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        document = {name: f"{self.url}/{path}" for name, path in names.items()}
        document |= {"issuer": self.url, "userinfo_endpoint": f"{self.url}/userinfo", **changed}
        self.answer("/.well-known/openid-configuration", document)

    def give(self, key: Any = KEY, header: dict[str, str] | None = None, **claims: Any) -> None:
        """Answer the next exchange with a token of these claims."""
        whole = {"iss": self.url, "aud": "heeler", "exp": 2**40, "sub": "ann", "nonce": "n", **claims}
        token = jwt.encode(header or {"alg": "RS256", "kid": "own"}, whole, key)
        self.answer("/token", {"access_token": "a", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def idp() -> Iterator[Idp]:
    made = Idp()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def provider(idp: Idp, clock: Clock | None = None) -> Provider:
    environment = {
        "HEELER_OIDC_ISSUER": idp.url,
        "HEELER_OIDC_CLIENT_ID": "heeler",
    }
    return Provider(Settings.from_env(environment), clock or Clock())


async def claims(idp: Idp, using: Provider | None = None) -> dict[str, Any]:
    return await (using or provider(idp)).claims("code", "n", VERIFIER)


async def test_claims_are_those_of_the_token_and_of_userinfo(idp: Idp) -> None:
    idp.answer("/userinfo", {"sub": "ann", "groups": ["sre"], "email": "other@example.com"})
    idp.give(email="ann@example.com")
    found = await claims(idp)
    assert (found["sub"], found["groups"], found["email"]) == ("ann", ["sre"], "ann@example.com")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"),
        (200, b""),
        (200, b"[1]"),
        (200, b"\xff"),
        (500, b"{}"),
        (200, b'{"groups": ["admins"]}'),
        (200, b'{"sub": "eve", "groups": ["admins"]}'),
    ],
)
async def test_a_userinfo_that_cannot_be_used_adds_nothing(idp: Idp, status: int, body: bytes) -> None:
    idp.answer("/userinfo", body, status)
    found = await claims(idp)
    assert found["sub"] == "ann"
    assert "groups" not in found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[1]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"access_token": "a", "expires_in": "soon"}',
        b'{"error": "invalid_grant"}',
        b'{"error": {"a": 1}}',
    ],
)
async def test_an_answer_that_is_no_token_is_the_providers_fault(idp: Idp, body: bytes) -> None:
    idp.answer("/token", body)
    with pytest.raises(ProviderError) as raised:
        await claims(idp)
    assert raised.value.status == 502


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "a.b", "ü.b.c", ".....", "eyJhbGciOiJub25lIn0.e30.", 5, None, ["x"]]
)
async def test_what_is_no_signed_token_logs_nobody_in(idp: Idp, token: Any) -> None:
    idp.answer("/token", {"access_token": "a", "id_token": token})
    with pytest.raises(ApiError) as raised:
        await claims(idp)
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": 0},
        {"exp": None},
        {"exp": "later"},
        {"exp": float("nan")},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": {"heeler": 1}},
        {"iss": "http://evil.example"},
        {"iss": None},
        {"iss": 5},
        {"sub": ""},
        {"sub": None},
        {"sub": 5},
        {"nonce": None},
        {"nonce": "of another login"},
        {"nbf": 2**41},
        {"azp": "other"},
        {"azp": ["heeler"]},
    ],
)
async def test_a_token_with_a_wrong_claim_logs_nobody_in(idp: Idp, wrong: dict[str, Any]) -> None:
    idp.give(**wrong)
    with pytest.raises(ApiError) as raised:
        await claims(idp)
    assert raised.value.status == 401


async def test_only_the_providers_keys_sign_and_none_of_them_is_a_secret(idp: Idp) -> None:
    stranger = jwk.RSAKey.generate_key(2048, parameters={"kid": "own"})
    idp.give(stranger)
    with pytest.raises(ApiError) as raised:
        await claims(idp)
    assert raised.value.status == 401
    secret = jwk.OctKey.import_key(b"s" * 32, {"kid": "own"})
    idp.answer("/keys", {"keys": [PUBLIC, {**secret.as_dict(private=True), "kid": "hmac"}]})
    idp.give(secret, {"alg": "HS256", "kid": "hmac"})
    with pytest.raises(ApiError) as raised:
        await claims(idp)
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "x"},
        {"kid": "z"},
        5,
        None,
        "x",
        {"kty": ["RSA"]},
        {"kty": "RSA"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"kty": "EC", "crv": "brainpoolP256r1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X", "x": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    ],
)
async def test_a_key_that_cannot_be_used_does_not_hinder_the_others(idp: Idp, odd: Any) -> None:
    idp.answer("/keys", {"keys": [odd, PUBLIC]})
    assert (await claims(idp))["sub"] == "ann"


@pytest.mark.parametrize(
    "document", [{}, {"keys": "x"}, {"keys": None}, {"keys": []}, {"keys": [5]}, [], b"<html>"]
)
async def test_a_provider_without_keys_is_named(idp: Idp, document: Any) -> None:
    idp.answer("/keys", document)
    with pytest.raises(ProviderError):
        await claims(idp)


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]
)
@pytest.mark.parametrize("url", ["http://[::1", "nonsense", "ftp://a.example/x", 5, "http://"])
async def test_addresses_that_are_none_are_refused_by_name(idp: Idp, name: str, url: Any) -> None:
    idp.describe(**{name: url})
    with pytest.raises(ProviderError, match=name):
        await provider(idp).authorization_url("s", "n", VERIFIER)


async def test_another_issuer_is_refused(idp: Idp) -> None:
    idp.describe(issuer="http://evil.example")
    with pytest.raises(ProviderError, match="HEELER_OIDC_ISSUER"):
        await provider(idp).addresses()


async def test_the_login_address_has_state_nonce_and_challenge_but_not_the_verifier(idp: Idp) -> None:
    idp.describe(authorization_endpoint=f"{idp.url}/authorize?tenant=1")
    using = provider(idp)
    url = await using.authorization_url("st", "no", VERIFIER)
    query = parse_qs(urlsplit(url).query)
    assert query["tenant"] == ["1"]
    assert (query["state"], query["nonce"], query["code_challenge_method"]) == (["st"], ["no"], ["S256"])
    assert VERIFIER not in url
    assert query["redirect_uri"] == [using.redirect_uri]


async def test_many_logins_do_not_wait_one_after_another_for_a_provider_that_is_down(idp: Idp) -> None:
    idp.down, clock = True, Clock()
    using = provider(idp, clock)
    results = await asyncio.gather(*(using.addresses() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, ProviderError) for one in results)
    assert idp.asked["/.well-known/openid-configuration"] == 1
    idp.down = False
    clock.now += 6
    assert (await using.addresses()).token == f"{idp.url}/token"


async def test_a_new_key_is_found_and_strangers_tokens_do_not_make_the_server_ask_each_time(idp: Idp) -> None:
    clock = Clock()
    using = provider(idp, clock)
    await claims(idp, using)
    new = jwk.RSAKey.generate_key(2048, parameters={"kid": "new"})
    idp.give(new, {"alg": "RS256", "kid": "new"})
    for _ in range(5):
        with pytest.raises(ApiError):
            await claims(idp, using)
    assert idp.asked["/keys"] == 1
    idp.answer("/keys", {"keys": [PUBLIC, new.as_dict(private=False)]})
    clock.now += 10
    assert (await claims(idp, using))["sub"] == "ann"
    assert idp.asked["/keys"] == 2
