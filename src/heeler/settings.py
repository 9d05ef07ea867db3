"""Configuration of the server. Precedence: flags, then ``HEELER_*`` variables, then defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from heeler.setting_values import (
    Network,
    SettingsError,
    choice,
    database_url,
    domains,
    listen,
    mail_address,
    networks,
    oidc,
    s3_credentials,
    seconds,
    secret,
    store_dsn,
    targets,
    url,
    whole,
)

__all__ = ["Settings", "SettingsError", "default_data_dir"]


def default_data_dir(env: Mapping[str, str]) -> Path:
    base = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(base) / "heeler"


@dataclass(frozen=True, slots=True)
class Settings:
    """The server's settings, each named by the variable that sets it.

    Sizes are bytes, times are seconds.
    """

    data_dir: Path
    """``HEELER_DATA``: where the embedded engine, SQLite and state files live."""
    listen_host: str = "127.0.0.1"
    listen_port: int = 8124
    """``HEELER_LISTEN``: where the server listens, as ``host:port``."""
    store_dsn: str = ""
    """``HEELER_STORE``: ``chdb:///path`` (default, below the data directory) or
    ``clickhouse://user:pw@host:port/database``, with several hosts separated by commas."""
    database_url: str = ""
    """``HEELER_DATABASE``: ``sqlite:///path`` (default) or ``postgresql://user:pw@host/name``."""
    public_url: str = ""
    """``HEELER_PUBLIC_URL``: the address that links in mails use."""
    tls_certificate: Path | None = None
    """``HEELER_TLS_CERTIFICATE``: PEM file of the certificate and its chain; the server speaks HTTPS then."""
    tls_key: Path | None = None
    """``HEELER_TLS_KEY``: PEM file with the certificate's private key."""
    smtp_url: str = ""
    """``HEELER_SMTP``: ``smtp://user:pw@host:587``; empty keeps mail in the outbox."""
    mail_from: str = "heeler@localhost"
    """``HEELER_MAIL_FROM``: the sender of mails."""
    api_key: str = ""
    """``HEELER_API_KEY``: the first API key; when not set, a random one is printed by the first start."""
    app_key: str = ""
    """``HEELER_APP_KEY``: the first application key, likewise."""
    admin_email: str = ""
    """``HEELER_ADMIN_EMAIL``: the first administrator; ``admin@localhost`` when not set."""
    admin_password: str = ""
    """``HEELER_ADMIN_PASSWORD``: their password; when not set, a random one is printed by the first start."""
    max_body_bytes: int = 16 * 2**20
    """``HEELER_MAX_BODY``: largest request body as sent."""
    max_inflated_bytes: int = 64 * 2**20
    """``HEELER_MAX_INFLATED``: largest request body after decompression."""
    disk_floor_bytes: int = 1 * 2**30
    """``HEELER_DISK_FLOOR``: below this much free space, writes stop with 507."""
    retention_days: int = 450
    """``HEELER_RETENTION_DAYS``: how long metric points, events, check runs and APM statistics are stored."""
    span_retention_days: int = 30
    """``HEELER_SPAN_RETENTION_DAYS``: how long spans, and with them traces, are stored."""
    log_retention_days: int = 30
    """``HEELER_LOG_RETENTION_DAYS``: how long logs are stored."""
    process_retention_hours: int = 36
    """``HEELER_PROCESS_RETENTION_HOURS``: how long processes and containers are stored."""
    retention_bytes: int = 0
    """``HEELER_RETENTION_BYTES``: size of the store at which the oldest days go; 0 is no limit."""
    segment_file_bytes: int = 4 * 2**30
    """``HEELER_SEGMENT_FILES``: size of the files that hold the points of the last two days for first
    queries, beside an embedded store; the oldest hours go first, and 0 is none."""
    monitor_interval: float = 60.0
    """``HEELER_MONITOR_INTERVAL``: seconds between evaluations of monitors."""
    trusted_proxies: tuple[Network, ...] = ()
    """``HEELER_TRUSTED_PROXIES``: addresses or networks of reverse proxies, separated by commas, whose
    ``X-Forwarded-For`` tells the client's address; everybody else's is ignored."""
    private_targets: tuple[str, ...] = ()
    """``HEELER_PRIVATE_TARGETS``: host names, addresses or networks, separated by commas, that webhooks and
    other outgoing calls may reach although they are private (loopback, 10.0.0.0/8, link-local, ...)."""
    mail_domains: tuple[str, ...] = ()
    """``HEELER_MAIL_DOMAINS``: domains that notifications may be mailed to, separated by commas; users of
    this server can always be mailed; empty allows every domain."""
    audit_days: int = 365
    """``HEELER_AUDIT_DAYS``: how long the audit trail is stored, in days."""
    oidc_issuer: str = ""
    """``HEELER_OIDC_ISSUER``: address of the OpenID Connect provider by which people log in, such as
    ``https://login.example.com/realms/main``; empty turns it off."""
    oidc_client_id: str = ""
    """``HEELER_OIDC_CLIENT_ID``: the client that the provider knows this server by."""
    oidc_client_secret: str = ""
    """``HEELER_OIDC_CLIENT_SECRET``: its secret; empty for a public client, which PKCE protects."""
    oidc_scopes: str = "openid email profile groups"
    """``HEELER_OIDC_SCOPES``: what is asked of the provider, separated by spaces."""
    oidc_default_role: str = "read-only"
    """``HEELER_OIDC_DEFAULT_ROLE``: the role of people whom no mapping gives one at their first login:
    ``read-only``, ``standard``, or ``none`` to refuse them."""
    log_format: str = "text"
    """``HEELER_LOG_FORMAT``: ``text``, or ``json`` for one JSON object a line, on standard error."""
    log_level: str = ""
    """``HEELER_LOG_LEVEL``: ``debug``, ``info``, ``warning`` or ``error``; when not set, ``heeler serve``
    logs from ``info`` and ``heeler up`` from ``warning``."""
    hostname: str = ""
    """``HEELER_HOSTNAME``: the host of the server's own metrics; the machine's name when not set."""
    geoip_database: str = ""
    """``HEELER_GEOIP_DATABASE``: path of a MaxMind database (``.mmdb``) for the GeoIP processor of log
    pipelines."""
    s3_endpoint: str = ""
    """``HEELER_S3_ENDPOINT``: address of an S3-compatible store for backups and log archives, such as
    ``https://minio.example.com:9000``; empty is Amazon S3."""
    s3_region: str = "us-east-1"
    """``HEELER_S3_REGION``: region of the buckets."""
    s3_access_key_id: str = ""
    """``HEELER_S3_ACCESS_KEY_ID``: access key for all buckets; ``AWS_ACCESS_KEY_ID`` when not set."""
    s3_secret_access_key: str = ""
    """``HEELER_S3_SECRET_ACCESS_KEY``: its secret; ``AWS_SECRET_ACCESS_KEY`` when the key is from there."""
    s3_session_token: str = ""
    """``HEELER_S3_SESSION_TOKEN``: session token of temporary credentials."""
    s3_addressing: str = "auto"
    """``HEELER_S3_ADDRESSING``: where requests name the bucket: ``path``, ``virtual`` (in the host name), or
    ``auto``: virtual at Amazon, path elsewhere."""
    log_archive_interval: float = 900
    """``HEELER_LOG_ARCHIVE_INTERVAL``: seconds after which a file of a log archive is written."""
    log_archive_buffer: int = 10 * 2**30
    """``HEELER_LOG_ARCHIVE_BUFFER``: bytes of logs that wait on disk while their archive cannot be written;
    beyond them, up to twice as many, only logs of archives that hold less than their share are archived."""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.public_url.rstrip("/") or self.local_url

    @property
    def local_url(self) -> str:
        """Base URL for processes on this machine."""
        host = f"[{self._reachable_host}]" if ":" in self._reachable_host else self._reachable_host
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{host}:{self.listen_port}"

    @property
    def _reachable_host(self) -> str:
        return "localhost" if self.listen_host in ("127.0.0.1", "0.0.0.0", "::", "") else self.listen_host  # noqa: S104

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **flags: object) -> Settings:
        """Read ``HEELER_*`` from ``env`` (the process's by default); ``flags`` that are not None have
        precedence.
        """
        env = os.environ if env is None else env
        data_dir = Path(
            str(flags.get("data_dir") or env.get("HEELER_DATA") or default_data_dir(env))
        ).expanduser()
        provider, s3_access = oidc(env), s3_credentials(env)
        host, port = listen(str(flags.get("listen") or env.get("HEELER_LISTEN") or "127.0.0.1:8124"))
        return cls(
            data_dir=data_dir,
            listen_host=host,
            listen_port=port,
            store_dsn=store_dsn(
                "HEELER_STORE", env.get("HEELER_STORE") or f"chdb://{data_dir.resolve()}/store"
            ),
            database_url=database_url(
                "HEELER_DATABASE",
                env.get("HEELER_DATABASE") or f"sqlite:///{data_dir.resolve()}/heeler.sqlite",
            ),
            public_url=url(
                "HEELER_PUBLIC_URL",
                env.get("HEELER_PUBLIC_URL", ""),
                ("http", "https"),
                "an address such as https://heeler.example.com",
            ),
            tls_certificate=_file(env, "HEELER_TLS_CERTIFICATE", "HEELER_TLS_KEY"),
            tls_key=_file(env, "HEELER_TLS_KEY", "HEELER_TLS_CERTIFICATE"),
            smtp_url=url(
                "HEELER_SMTP",
                env.get("HEELER_SMTP", ""),
                ("smtp", "smtps"),
                "smtp://user:password@host:587 or smtps://user:password@host:465",
            ),
            mail_from=mail_address("HEELER_MAIL_FROM", env.get("HEELER_MAIL_FROM") or "heeler@localhost"),
            api_key=secret(env, "HEELER_API_KEY", 32),
            app_key=secret(env, "HEELER_APP_KEY", 40),
            admin_email=mail_address("HEELER_ADMIN_EMAIL", env.get("HEELER_ADMIN_EMAIL", "").strip()),
            admin_password=_password(env.get("HEELER_ADMIN_PASSWORD", "")),
            max_body_bytes=whole(env, "HEELER_MAX_BODY", 16 * 2**20, least=1024),
            max_inflated_bytes=whole(env, "HEELER_MAX_INFLATED", 64 * 2**20, least=1024),
            disk_floor_bytes=whole(env, "HEELER_DISK_FLOOR", 2**30),
            retention_days=_days(env, "HEELER_RETENTION_DAYS", 450),
            span_retention_days=_days(env, "HEELER_SPAN_RETENTION_DAYS", 30),
            log_retention_days=_days(env, "HEELER_LOG_RETENTION_DAYS", 30),
            process_retention_hours=whole(env, "HEELER_PROCESS_RETENTION_HOURS", 36, least=1, most=24 * 30),
            retention_bytes=whole(env, "HEELER_RETENTION_BYTES", 0),
            segment_file_bytes=whole(env, "HEELER_SEGMENT_FILES", 4 * 2**30),
            monitor_interval=seconds(env, "HEELER_MONITOR_INTERVAL", 60, least=1, most=3600),
            trusted_proxies=networks(env, "HEELER_TRUSTED_PROXIES"),
            private_targets=targets(env, "HEELER_PRIVATE_TARGETS"),
            mail_domains=domains(env, "HEELER_MAIL_DOMAINS"),
            audit_days=_days(env, "HEELER_AUDIT_DAYS", 365),
            oidc_issuer=provider["issuer"],
            oidc_client_id=provider["client_id"],
            oidc_client_secret=provider["client_secret"],
            oidc_scopes=provider["scopes"],
            oidc_default_role=provider["default_role"],
            log_format=choice(env, "HEELER_LOG_FORMAT", ("text", "json")),
            log_level=choice(env, "HEELER_LOG_LEVEL", ("", "debug", "info", "warning", "error")),
            hostname=env.get("HEELER_HOSTNAME", ""),
            geoip_database=env.get("HEELER_GEOIP_DATABASE", ""),
            s3_endpoint=url(
                "HEELER_S3_ENDPOINT",
                env.get("HEELER_S3_ENDPOINT", "").strip(),
                ("http", "https"),
                "an address such as https://minio.example.com:9000",
            ),
            s3_region=env.get("HEELER_S3_REGION", "").strip() or "us-east-1",
            s3_access_key_id=s3_access["access_key_id"],
            s3_secret_access_key=s3_access["secret_access_key"],
            s3_session_token=s3_access["session_token"],
            s3_addressing=choice(env, "HEELER_S3_ADDRESSING", ("auto", "path", "virtual")),
            log_archive_interval=seconds(env, "HEELER_LOG_ARCHIVE_INTERVAL", 900, least=1, most=86_400),
            log_archive_buffer=whole(env, "HEELER_LOG_ARCHIVE_BUFFER", 10 * 2**30),
        )


def _file(env: Mapping[str, str], name: str, other: str) -> Path | None:
    """Validate an existing file, which requires ``other``."""
    text = env.get(name, "")
    if not text:
        if env.get(other):
            raise SettingsError(f"{other} is set without {name}; set both, or neither for plain HTTP")
        return None
    path = Path(text).expanduser()
    if not path.is_file():
        raise SettingsError(f"{name} is {text!r}, where there is no file; write the path of a PEM file")
    return path


def _days(env: Mapping[str, str], name: str, default: int) -> int:
    return whole(env, name, default, least=1, most=36_500)


def _password(text: str) -> str:
    if text and not 8 <= len(text) <= 1024:
        raise SettingsError("Invalid HEELER_ADMIN_PASSWORD. Expected 8 to 1024 characters")
    return text
