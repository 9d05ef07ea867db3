"""Endpoints of login through the identity provider."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from heeler.accounts.organization import CONFIGS, organization_of
from heeler.accounts.sessions import start_session
from heeler.api.auth import services_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services
from heeler.sso.provisioning import user_for

AnyRequest = Request[Any, Any, Any]

_COOKIE = "heeler_oidc"
_PATH = "/api/ui/oidc"
_LIFE_S = 600


class LoginMethods(msgspec.Struct):
    """Available login methods. ``mail``: whether a password reset by mail is available."""

    organization: str
    oidc: bool
    password: bool
    mail: bool


@get("/api/ui/login/methods")
async def login_methods(request: AnyRequest) -> LoginMethods:
    """Login methods for the login page. If the provider is required, the password is for administrators
    only.
    """
    services = services_of(request)
    async with services.database.session() as db:
        organization = await organization_of(db)
    required = organization.configs.get("sso_required", CONFIGS["sso_required"].default)
    oidc = bool(services.settings.oidc_issuer)
    return LoginMethods(organization.name, oidc, not (oidc and required), bool(services.settings.smtp_url))


class OidcLogin:
    """The provider, and this process's key that signs the browser's login state."""

    def __init__(self, services: Services) -> None:
        from heeler.sso.oidc import Provider  # loads HTTP and JOSE libraries, which few installations need

        self.provider = Provider(services.settings)
        self._key = secrets.token_bytes(32)

    def sealed(self, values: dict[str, str]) -> str:
        text = urlsafe_b64encode(json.dumps(values).encode()).decode()
        return f"{text}.{self._signature(text)}"

    def opened(self, cookie: str) -> dict[str, str]:
        """Verify and decode the output of :meth:`sealed`. Raises a 400."""
        text, _, signature = cookie.partition(".")
        if not text or not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            raise bad_request("This login was not started here, or took too long. Start again.")
        values: dict[str, str] = json.loads(urlsafe_b64decode(text))
        return values

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _login_of(request: AnyRequest) -> OidcLogin:
    services = services_of(request)
    if not services.settings.oidc_issuer:
        raise ApiError(404, "No identity provider is set (HEELER_OIDC_ISSUER).")
    return services.part(OidcLogin)


def _cookie(services: Services, value: str, life: int) -> Cookie:
    return Cookie(
        key=_COOKIE,
        value=value,
        max_age=life,
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.url.startswith("https:"),
    )


def _local(path: str) -> str:
    """Validate a local path of this app; anything that could redirect elsewhere becomes the start page."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe and len(path) <= 1000 else "/"


@get(_PATH + "/login")
async def start_login(request: AnyRequest) -> Response[None]:
    """Redirect the browser to the identity provider; ``next`` is the page to return to."""
    login, services = _login_of(request), services_of(request)
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    try:
        url = await login.provider.authorization_url(state, nonce, verifier)
    except ApiError as error:
        return _back(services, error)
    following = _local(request.query_params.get("next", "/"))
    held = login.sealed({"state": state, "nonce": nonce, "verifier": verifier, "next": following})
    return Response(
        None, status_code=302, headers={"Location": url}, cookies=[_cookie(services, held, _LIFE_S)]
    )


@get(_PATH + "/callback")
async def callback(request: AnyRequest) -> Response[None]:
    """Return from the identity provider: log the user in, or redirect to the login page with the reason."""
    login, services, query = _login_of(request), services_of(request), request.query_params
    try:
        held = login.opened(request.cookies.get(_COOKIE, ""))
        if "error" in query:  # some providers omit the state then
            reason = query.get("error_description") or query["error"]
            raise ApiError(401, f"The identity provider refused: {reason[:300]}")
        if not hmac.compare_digest(held["state"].encode(), query.get("state", "").encode()):
            raise bad_request("This answer belongs to another login. Start again.")
        claims = await login.provider.claims(query.get("code", ""), held["nonce"], held["verifier"])
        settings = services.settings
        async with services.database.session() as db:
            user = await user_for(db, settings.oidc_issuer, claims, settings.oidc_default_role)
            if user.login_methods and "oidc" not in user.login_methods:
                raise ApiError(403, f"{user.email} may not log in through the identity provider.")
        started: Response[Any] = await start_session(request, user, "oidc")
    except ApiError as error:
        return _back(services, error)
    return Response(
        None,
        status_code=302,
        headers={"Location": services.settings.url + held["next"]},
        cookies=[*started.cookies, _cookie(services, "", 0)],
    )


def _back(services: Services, error: ApiError) -> Response[None]:
    """Redirect to the login page, which shows the reason."""
    reason = quote(" ".join(error.messages)[:500])
    return Response(
        None,
        status_code=302,
        headers={"Location": f"{services.settings.url}/?login_error={reason}"},
        cookies=[_cookie(services, "", 0)],
    )


handlers: list[ControllerRouterHandler] = [login_methods, start_login, callback]
