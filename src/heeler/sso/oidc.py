"""OpenID Connect client: discovery, provider keys, code exchange, and validation of claims.

Authorization code flow with PKCE (RFC 7636) by Authlib; ID tokens are verified with joserfc as OpenID Connect
Core 3.1.3.7 requires: signature, issuer, audience, expiry and nonce.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from heeler.api.errors import ApiError
from heeler.settings import Settings

_TIMEOUT_S = 10.0
_REMEMBERED_S = 3600.0
#: Minimum interval between key refreshes for an unknown key id.
_LEAST_BETWEEN_KEYS_S = 10.0
#: A provider that did not answer is not asked again for this time, so that logins do not wait in a line.
_FAILED_S = 5.0
#: Accepted signature algorithms; never `none`, nor HMAC with a public key.
_ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip
_LEEWAY_S = 60


class ProviderError(ApiError):
    """The provider is not usable; the message gives the reason. Returned as 502, as the fault is the
    provider's.
    """

    def __init__(self, message: str) -> None:
        super().__init__(502, message)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Discovery document of the provider."""

    authorization: str
    token: str
    keys: str
    userinfo: str


class Provider:
    """The configured provider; one per server. ``clock`` returns monotonic seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._addresses: tuple[float, Addresses] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._failed: tuple[float, ProviderError] | None = None
        self._reading = asyncio.Lock()

    @property
    def redirect_uri(self) -> str:
        return f"{self._settings.url}/api/ui/oidc/callback"

    async def authorization_url(self, state: str, nonce: str, verifier: str) -> str:
        """Login URL to redirect the browser to."""
        addresses = await self.addresses()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                addresses.authorization, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def claims(self, code: str, nonce: str, verifier: str) -> dict[str, Any]:
        """Claims of the user, from the ID token and ``userinfo``.

        Raises :class:`ProviderError`, and a 401 for an invalid token.
        """
        addresses = await self.addresses()
        try:
            async with self._client() as client:
                token = await _fetched_token(client, addresses.token, code, verifier)
                claims = await self._checked(str(token.get("id_token") or ""), nonce)
                return {**await self._userinfo(client, addresses, claims["sub"]), **claims}
        except (AuthlibBaseError, httpx.HTTPError) as error:
            raise ProviderError(f"The identity provider did not accept the login: {error}") from error

    def _client(self) -> AsyncOAuth2Client:
        secret = self._settings.oidc_client_secret
        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            redirect_uri=self.redirect_uri,
            scope=self._settings.oidc_scopes,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
            follow_redirects=False,
        )

    async def _userinfo(
        self, client: AsyncOAuth2Client, addresses: Addresses, subject: str
    ) -> dict[str, Any]:
        """Claims of ``userinfo``, where providers put groups that do not fit into a token."""
        if not addresses.userinfo:
            return {}
        answer = await client.get(addresses.userinfo)
        try:
            found = answer.json() if answer.status_code == 200 else {}
        except ValueError:  # a signed answer, or no JSON at all
            return {}
        # OpenID Connect Core 5.3.2: another subject's claims are not used.
        return found if isinstance(found, dict) and found.get("sub") == subject else {}

    async def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                decoded = jwt.decode(token, await self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                decoded = jwt.decode(token, await self._key_set(anew=True), algorithms=_ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self._settings.oidc_issuer.rstrip("/")},
                aud={"essential": True, "value": self._settings.oidc_client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            claims = dict(decoded.claims)
            registry.validate({**claims, "iss": str(claims.get("iss", "")).rstrip("/")})
        except (JoseError, ValueError) as error:
            raise ApiError(401, f"The identity provider's token is not good: {error}") from error
        party = claims.get("azp")
        if party is not None and party != self._settings.oidc_client_id:
            raise ApiError(401, f"The identity provider's token is for another client: {party}")
        return claims

    async def addresses(self) -> Addresses:
        """Discovery document of the provider, cached for an hour."""
        async with self._reading:
            if self._addresses is None or self._addresses[0] < self._clock() - _REMEMBERED_S:
                self._refuse_after_failure()
                issuer = self._settings.oidc_issuer.rstrip("/")
                found = await self._json(f"{issuer}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != issuer:
                    raise ProviderError(
                        f"The identity provider calls itself {found.get('issuer')!r}, not {issuer!r}: "
                        "set HEELER_OIDC_ISSUER to that."
                    )
                self._addresses = self._clock(), _addresses_in(found)
            return self._addresses[1]

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        keys = (await self.addresses()).keys
        async with self._reading:
            age = _REMEMBERED_S if self._keys is None else self._clock() - self._keys[0]
            if self._keys is None or age >= (_LEAST_BETWEEN_KEYS_S if anew else _REMEMBERED_S):
                self._refuse_after_failure()
                self._keys = self._clock(), _key_set_in(await self._json(keys))
            return self._keys[1]

    def _refuse_after_failure(self) -> None:
        if self._failed is not None and self._clock() - self._failed[0] < _FAILED_S:
            raise ProviderError("; ".join(self._failed[1].messages))

    async def _json(self, url: str) -> dict[str, Any]:
        try:
            found = await self._read_json(url)
        except ProviderError as error:
            self._failed = self._clock(), error
            raise
        self._failed = None
        return found

    async def _read_json(self, url: str) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
                answer = await client.get(url)
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise ProviderError(f"The identity provider does not answer at {url}: {error}") from error
        if not isinstance(found, dict):
            raise ProviderError(f"The identity provider's answer at {url} is no JSON object.")
        return found


def _addresses_in(document: Mapping[str, Any]) -> Addresses:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    missing = [name for name in names if not isinstance(document.get(name), str)]
    if missing:
        raise ProviderError(f"The identity provider's configuration lacks {', '.join(missing)}.")
    found = {name: str(document.get(name) or "") for name in (*names, "userinfo_endpoint")}
    for name, url in found.items():
        if not _is_address(url) and (url or name in names):
            raise ProviderError(f"The identity provider's {name} is no address: {url[:200]!r}.")
    return Addresses(*found.values())


def _is_address(url: str) -> bool:
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return read.scheme in ("http", "https") and bool(read.host)


async def _fetched_token(client: AsyncOAuth2Client, url: str, code: str, verifier: str) -> Mapping[str, Any]:
    try:
        token = await client.fetch_token(
            url, code=code, code_verifier=verifier, grant_type="authorization_code"
        )
    except (ValueError, TypeError) as error:  # an answer that is not what RFC 6749 says
        raise ProviderError(f"The identity provider's answer at {url} is no token: {error}") from error
    return dict(token)


def _key_set_in(document: Mapping[str, Any]) -> KeySet:
    """The keys that can be used; others are ignored, as RFC 7517 (5) says."""
    given = document.get("keys")
    keys: list[Key] = []
    for one in given if isinstance(given, list) else ():
        with suppress(JoseError, ValueError, TypeError, LookupError):
            key = JWKRegistry.import_key(one)
            key.public_key  # noqa: B018 (numbers and curve are read only now)
            keys.append(key)
    if not keys:
        raise ProviderError("The identity provider has no keys that can be used.")
    return KeySet(keys)
