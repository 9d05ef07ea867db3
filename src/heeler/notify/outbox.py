"""Enqueues messages in the outbox, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.notify.destinations import destinations, handle_of, places_of, webhook_names
from heeler.notify.handles import Person, Recipient, recipients
from heeler.notify.mail import page
from heeler.notify.message import Content
from heeler.notify.model import OutboxMessage
from heeler.teams.model import Team, TeamMember, TeamNotificationRule


@dataclass(frozen=True, slots=True)
class Notice:
    """Content of a notification, before its recipients are resolved."""

    subject: str
    text: str
    html: str
    picture: bytes | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    content: Content | None = None
    """Structured content, for channels; without it they send the subject and the text."""
    attachment: bytes | None = None
    """Attachment of mails, named ``attachment_name``."""
    attachment_name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """``handle`` without its ``@``; ``kind``: user, team, webhook or the kind of a destination."""

    handle: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Possible recipients, loaded once for many notices."""

    people: tuple[Person, ...]
    places: Mapping[str, tuple[Recipient, ...]] = field(default_factory=dict)
    """Destinations, webhooks and teams by handle, in lower case."""
    entries: tuple[Entry, ...] = ()
    """Entries for completion."""

    def recipients(self, names: Iterable[str]) -> tuple[list[Recipient], list[str]]:
        """Recipients of ``names`` (handles), and unknown handles."""
        return recipients(names, self.people, self.places)


async def directory(db: AsyncSession) -> Directory:
    """Load all current recipients."""
    rows = await db.execute(select(User.email, User.name).where(User.disabled.is_(False)))
    people = tuple(Person(row.email, row.name) for row in rows)
    found, webhooks, teams = await destinations(db), await webhook_names(db), await _teams(db)
    places: dict[str, tuple[Recipient, ...]]
    places = {name: (here,) for name, here in places_of(found, webhooks).items()}
    teams |= await _by_rules(db, places)
    places |= {f"team-{handle}".lower(): members for handle, (_, members) in teams.items()}
    entries = [Entry("all", "Everybody", "user")]
    entries += [Entry(person.email, person.name, "user") for person in people]
    entries += [Entry(f"team-{handle}", name, "team") for handle, (name, _) in teams.items()]
    entries += [Entry(f"webhook-{name}", name, "webhook") for name in webhooks]
    for item in found:
        if handle := handle_of(item.kind, item.name, item.account):
            entries.append(Entry(handle, f"{item.account} {item.name}".strip(), item.kind))
    return Directory(people, places, tuple(entries))


async def _teams(db: AsyncSession) -> dict[str, tuple[str, tuple[Recipient, ...]]]:
    """Name and members' addresses of each team, by its handle."""
    rows = await db.execute(
        select(Team.handle, Team.name, User.email)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .join(User, User.id == TeamMember.user_id)
        .where(User.disabled.is_(False))
        .order_by(Team.handle, User.email)
    )
    found: dict[str, tuple[str, tuple[Recipient, ...]]] = {}
    for row in rows:
        name, members = found.get(row.handle, (row.name, ()))
        found[row.handle] = name, (*members, Recipient("email", row.email))
    return found


async def _by_rules(
    db: AsyncSession, places: Mapping[str, tuple[Recipient, ...]]
) -> dict[str, tuple[str, tuple[Recipient, ...]]]:
    """Name and recipients of each team with notification rules, which replace its members."""
    rows = await db.execute(
        select(Team.handle, Team.name, TeamNotificationRule.attributes)
        .join(TeamNotificationRule, TeamNotificationRule.team_id == Team.id)
        .order_by(Team.handle, TeamNotificationRule.created, TeamNotificationRule.id)
    )
    found: dict[str, tuple[str, tuple[Recipient, ...]]] = {}
    for row in rows:
        name, known = found.get(row.handle, (row.name, ()))
        given = [place for handle in rule_handles(row.attributes) for place in places.get(handle.lower(), ())]
        found[row.handle] = name, tuple(dict.fromkeys([*known, *rule_mails(row.attributes), *given]))
    return found


def rule_mails(attributes: Mapping[str, Any]) -> list[Recipient]:
    """Mail address of a notification rule, unless disabled."""
    mail = attributes.get("email") or {}
    address = mail.get("recipient_email")
    return [Recipient("email", address)] if address and mail.get("enabled", True) else []


def rule_handles(attributes: Mapping[str, Any]) -> list[str]:
    """Handles of the destinations in a notification rule."""
    slack, pagerduty, teams = (attributes.get(name) or {} for name in ("slack", "pagerduty", "ms_teams"))
    found = []
    if slack.get("channel"):
        found.append(handle_of("slack", slack["channel"].lstrip("#"), slack.get("workspace", "")))
    if pagerduty.get("service_name"):
        found.append(handle_of("pagerduty", pagerduty["service_name"], ""))
    if teams.get("connector_name"):
        found.append(handle_of("msteams", teams["connector_name"], ""))
    return [handle for handle in found if handle]


async def addressees(db: AsyncSession, names: Iterable[str]) -> tuple[list[Recipient], list[str]]:
    """Recipients of ``names`` (handles) among the users, and unknown handles."""
    return (await directory(db)).recipients(names)


async def enqueue(db: AsyncSession, names: Iterable[str], notice: Notice, now: datetime) -> list[str]:
    """Enqueue one message for each recipient of ``names`` (handles); returns unknown handles."""
    found, unknown = await addressees(db, names)
    send_to(db, found, notice, now)
    return unknown


def send_to(db: AsyncSession, found: Iterable[Recipient], notice: Notice, now: datetime) -> None:
    """Enqueue one message for each of ``found``, sent after the caller's transaction commits."""
    db.add_all(OutboxMessage(**row) for row in message_rows(found, notice, now))


def message_rows(found: Iterable[Recipient], notice: Notice, now: datetime) -> list[dict[str, Any]]:
    """Outbox rows of ``notice``, one for each of ``found``, for a bulk insert."""
    content = notice.content
    about = {
        "monitor_id": (content.monitor_id or None) if content else None,
        "group_key": content.key if content else "",
        "severity": content.severity if content else 0,
        "content": content.stored() if content else {},
    }
    return [
        {
            **about,
            "channel": recipient.channel,
            "recipient": recipient.address,
            "subject": notice.subject,
            "text": notice.text,
            "html": notice.html,
            "picture": notice.picture,
            "variables": notice.variables,
            "attachment": notice.attachment,
            "attachment_name": notice.attachment_name,
            "created": now,
            "next_attempt": now,
        }
        for recipient in found
    ]


def send_mails(db: AsyncSession, addresses: Iterable[str], subject: str, text: str, link: str) -> None:
    """Enqueue a mail to each address, with a button to ``link``."""
    html = page(heading=subject, kind="info", body=text, facts=[], link=link, action="Open", graph=False)
    notice = Notice(subject, f"{text}\n\n{link}\n", html)
    send_to(db, [Recipient("email", one) for one in addresses], notice, datetime.now(UTC))


def send_secret_mail(db: AsyncSession, address: str, subject: str, text: str) -> None:
    """Enqueue a mail whose text grants access: the outbox hides it, and deletes it once sent."""
    now = datetime.now(UTC)
    db.add(
        OutboxMessage(
            channel="email", recipient=address, subject=subject, text=text, secret=True, created=now,
            next_attempt=now,
        )
    )  # fmt: skip
