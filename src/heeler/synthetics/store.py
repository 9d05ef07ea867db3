"""Database operations on synthetic tests, their results and variables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.synthetics.model import GlobalVariable, SyntheticResult, SyntheticTest

#: Results that are stored of each test; older ones go. Metrics of all runs stay (``synthetics.*``).
MAX_RESULTS = 500


async def find_test(db: AsyncSession, public_id: str) -> SyntheticTest | None:
    return await db.get(SyntheticTest, public_id)


async def find_tests(db: AsyncSession, public_ids: Iterable[str]) -> dict[str, SyntheticTest]:
    """The tests among ``public_ids`` that exist."""
    wanted = list(dict.fromkeys(public_ids))
    found = await db.scalars(select(SyntheticTest).where(SyntheticTest.public_id.in_(wanted)))
    return {test.public_id: test for test in found}


async def claim(db: AsyncSession, public_id: str, due: float, following: float) -> bool:
    """Claim the test due at ``due`` for this server; with several servers, one succeeds."""
    claimed = await db.execute(
        update(SyntheticTest)
        .where(SyntheticTest.public_id == public_id, SyntheticTest.next_run == due)
        .values(next_run=following)
        .returning(SyntheticTest.public_id)
    )
    return claimed.scalar() is not None


async def variables(db: AsyncSession) -> tuple[dict[str, str], frozenset[str]]:
    """Values of the global variables by name, and the secret values."""
    found = (await db.scalars(select(GlobalVariable))).all()
    return {one.name: one.value for one in found}, frozenset(one.value for one in found if one.secure)


async def prune_results(db: AsyncSession, public_id: str) -> None:
    """Delete all but the newest :data:`MAX_RESULTS` results of a test."""
    oldest = await db.scalar(
        select(SyntheticResult.id)
        .where(SyntheticResult.public_id == public_id)
        .order_by(SyntheticResult.id.desc())
        .offset(MAX_RESULTS - 1)
        .limit(1)
    )
    if oldest is not None:
        await db.execute(
            delete(SyntheticResult).where(SyntheticResult.public_id == public_id, SyntheticResult.id < oldest)
        )
