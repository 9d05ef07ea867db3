"""Mail against a server that speaks SMTP over a real socket: it takes mails, refuses, fails, hangs and hangs
up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from heeler.notify import senders
from tests.unit.notify.world import World, content, opened

PLACE = ("email", "on-call@example.org")


@dataclass
class MailServer:
    """``faults``: what is answered to a command in place of what is usual, such as ``("RCPT", "550 no")``;
    ``hang`` is no answer, ``close`` ends the connection. One a connection, first ones first."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self.faults.pop(0) if self.faults else ("", "")
        try:
            writer.write(b"220 mail\r\n")
            while line := await reader.readline():
                command = line[:4].decode("latin-1").upper().strip()
                if command == fault[0]:
                    if fault[1] == "hang":
                        await self.release.wait()
                        return
                    if fault[1] == "close":
                        return
                    writer.write(f"{fault[1]}\r\n".encode())
                elif command == "DATA":
                    writer.write(b"354 go on\r\n")
                    body = await reader.readuntil(b"\r\n.\r\n")
                    if fault[0] == "TAKEN":
                        return  # it has the mail, and its answer is lost
                    self.taken.append(body[:-3])
                    writer.write(b"250 queued\r\n")
                elif command == "QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"250 OK\r\n")
                await writer.drain()
        finally:
            writer.close()

    @property
    def subjects(self) -> list[str]:
        return [str(message_from_bytes(body, policy=policy.default)["Subject"]) for body in self.taken]


@asynccontextmanager
async def mail_server(folder: Path) -> AsyncIterator[tuple[World, MailServer]]:
    server = MailServer()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        async with opened(folder, HEELER_SMTP=f"smtp://127.0.0.1:{port}") as world:
            yield world, server
    finally:
        server.release.set()
        listener.close()


async def test_mails_arrive_once_and_in_order(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as (world, server):
        for kind in ("warning", "alert", "nodata", "ok"):
            await world.notify(*PLACE, content(kind))
        assert await world.deliver() == 4
        assert await world.states() == ["sent"] * 4
        assert await world.deliver(3600) == 0
        words = [subject.split("[")[2].split(" on")[0] for subject in server.subjects]
        assert words == ["Warn", "Triggered", "No Data", "Recovered"]
        assert "The mail server answered: queued" in (await world.attempts())[0].answer


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (("RCPT", "550 no such user"), "refused the address: 550: no such user"),
        (("MAIL", "554 not from you"), "answered 554: not from you"),
        (("DATA", "552 too large"), "answered 552: too large"),
    ],
)
async def test_a_refusal_is_final_and_said(tmp_path: Path, fault: tuple[str, str], said: str) -> None:
    async with mail_server(tmp_path) as (world, server):
        server.faults = [fault]
        await world.notify(*PLACE, content())
        await world.notify(*PLACE, content("ok"))
        assert await world.deliver() == 2
        first, second = await world.messages()
        assert (first.state, second.state) == ("failed", "sent"), "what follows is not held up for ever"
        assert said in first.error
        assert await world.deliver(3600) == 0
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (("RCPT", "451 greylisted"), "refused the address: 451: greylisted"),
        (("DATA", "452 disk is full"), "answered 452: disk is full"),
        (("MAIL", "421 shutting down"), "answered 421: shutting down"),
        (("EHLO", "close"), "The mail server"),
        (("RCPT", "close"), "no answer came"),
    ],
)
async def test_a_server_that_fails_gets_everything_later_in_order(
    tmp_path: Path, fault: tuple[str, str], said: str
) -> None:
    async with mail_server(tmp_path) as (world, server):
        server.faults = [fault, fault]
        await world.notify(*PLACE, content())
        await world.notify(*PLACE, content("ok"))
        assert [await world.deliver(seconds) for seconds in (0, 4, 2, 9, 2)] == [1, 0, 1, 0, 2]
        tries = await world.attempts()
        assert [(one.message_id, one.ok) for one in tries] == [(1, False), (1, False), (1, True), (2, True)]
        assert said.lower() in tries[0].answer.lower()
        assert tries[0].next_attempt is not None
        assert [subject.split("[")[2].split(" on")[0] for subject in server.subjects] == [
            "Triggered", "Recovered",
        ]  # fmt: skip


async def test_a_server_that_hangs_is_given_up_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "MAIL_SECONDS", 0.3)
    async with mail_server(tmp_path) as (world, server):
        server.faults = [("MAIL", "hang")]
        await world.notify(*PLACE, content())
        assert await world.deliver() == 1
        assert await world.states() == ["pending"]
        assert await world.deliver(6) == 1
        assert await world.states() == ["sent"]
        assert len(server.taken) == 1
        assert "no answer came" in (await world.attempts())[0].answer.lower()


async def test_a_mail_whose_answer_was_lost_says_that_it_may_be_repeated(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as (world, server):
        server.faults = [("TAKEN", "")]
        await world.notify(*PLACE, content())
        assert await world.deliver() == 1
        assert await world.states() == ["pending"]
        assert await world.deliver(6) == 1
        (mail,) = [message_from_bytes(body, policy=policy.default) for body in server.taken]
        assert mail["X-Heeler-Repeated"] == "true"
        assert mail["Message-ID"]
