"""The second factor of a login: codes are good once."""

from __future__ import annotations

from sqlalchemy import select

from heeler.accounts import totp
from heeler.accounts.model import Organization, User
from heeler.accounts.second_factor import needs_second_factor, use_code
from heeler.api.services import Services
from tests.conftest import ADMIN_EMAIL

SECRET = "JBSWY3DPEHPK3PXP"
NOW = 1_790_000_000.0


async def _user(services: Services, **values: object) -> int:
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.email == ADMIN_EMAIL))
        assert user is not None
        for name, value in values.items():
            setattr(user, name, value)
        return user.id


async def use(services: Services, user: int, code: str, now: float = NOW) -> bool:
    async with services.database.session() as db:
        return await use_code(db, user, code, now)


async def test_a_code_works_once_and_older_ones_no_more(services: Services) -> None:
    user = await _user(services, totp_secret=SECRET, totp_step=0, recovery_codes=[])
    code, before = totp.code_at(SECRET, int(NOW) // 30), totp.code_at(SECRET, int(NOW) // 30 - 1)
    assert await use(services, user, code)
    assert not await use(services, user, code)
    assert not await use(services, user, before)
    assert await use(services, user, totp.code_at(SECRET, int(NOW) // 30 + 1), NOW + 30)


async def test_wrong_codes(services: Services) -> None:
    user = await _user(services, totp_secret=SECRET, totp_step=0, recovery_codes=[])
    for code in (
        "",
        "000000" if totp.code_at(SECRET, int(NOW) // 30) != "000000" else "111111",
        "x" * 1000,
        "１２３４５６",
    ):
        assert not await use(services, user, code)


async def test_a_recovery_code_works_once_and_leaves_the_others(services: Services) -> None:
    codes = ["aaaa-bbbb-cccc", "dddd-eeee-ffff"]
    user = await _user(
        services, totp_secret=SECRET, totp_step=0, recovery_codes=[totp.recovery_digest(one) for one in codes]
    )
    assert await use(services, user, codes[0])
    assert not await use(services, user, codes[0])
    assert await use(services, user, codes[1])


async def test_who_has_to_set_one_up(services: Services) -> None:
    user_id = await _user(services, totp_secret="")

    async def needed(method: str, required: bool, secret: str = "") -> bool:
        async with services.database.session() as db:
            organization = await db.get_one(Organization, 1)
            organization.configs = {**organization.configs, "mfa_required": required}
            user = await db.get_one(User, user_id)
            user.totp_secret = secret
            return await needs_second_factor(db, user, method)

    assert await needed("password", True)
    assert not await needed("password", False)
    assert not await needed("password", True, SECRET)
    assert not await needed("oidc", True)
