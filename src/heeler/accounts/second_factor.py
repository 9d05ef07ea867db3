"""Verification of the second factor at login."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import totp
from heeler.accounts.model import Organization, User
from heeler.accounts.organization import CONFIGS


async def use_code(db: AsyncSession, user_id: int, code: str, now: float) -> bool:
    """Whether ``code`` is a current code or a recovery code of the user; it is consumed."""
    user = await db.get_one(User, user_id, with_for_update=True)
    step = totp.matching_step(user.totp_secret, code, now, user.totp_step)
    if step is not None:
        user.totp_step = step
        return True
    digest = totp.recovery_digest(code)
    if digest not in user.recovery_codes:
        return False
    user.recovery_codes = [other for other in user.recovery_codes if other != digest]
    return True


async def needs_second_factor(db: AsyncSession, user: User, method: str) -> bool:
    """Whether the organization requires a second factor of ``user``, who logged in with only a password."""
    if method != "password" or user.totp_secret:
        return False
    organization = await db.get(Organization, 1)
    return bool(organization and organization.configs.get("mfa_required", CONFIGS["mfa_required"].default))
