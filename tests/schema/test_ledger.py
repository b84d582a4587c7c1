"""The ledger: append only, zero in sum, and no wallet below nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

import asyncpg
import pytest

import db.ledger
from domain.ledger import COINS_ISSUED, Posting, coin_wallet
from domain.money import COIN, Money
from tests.makers_live import coins
from tests.makers_members import a_member
from tests.pond import Pond


async def post(pond: Pond, *postings: Posting, key: str = "") -> None:
    async with pond.database.writing() as tx:
        await db.ledger.post(tx, key or uuid4().hex, postings, pond.time)


async def test_a_posting_cannot_be_changed_or_deleted_or_truncated(pond: Pond) -> None:
    await coins(pond, await a_member(pond), 5)

    for sql in (
        "UPDATE ledger_posting SET amount_minor = 6",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pond.select(sql)


async def test_all_postings_add_up_to_nothing(pond: Pond) -> None:
    await coins(pond, await a_member(pond), 5)
    await post(pond, Posting("provider:sandbox", "brand:sales", Money(199_00)))

    rows = await pond.select(
        """SELECT unit, sum(amount) AS total FROM (
             SELECT unit, amount_minor AS amount FROM ledger_posting
             UNION ALL SELECT unit, -amount_minor FROM ledger_posting) AS entry GROUP BY unit"""
    )
    balances = [await db.ledger.sum_of(pond.context().reading, a) for a in ("provider:sandbox", "brand:sales")]

    assert {row["unit"]: row["total"] for row in rows} == {"CNY": 0, "COIN": 0}
    assert balances == [-199_00, 199_00]


async def test_one_business_event_is_posted_once(pond: Pond) -> None:
    posting = Posting("provider:sandbox", "brand:sales", Money(1))
    await post(pond, posting, key="payment:1")

    with pytest.raises(asyncpg.UniqueViolationError):
        await post(pond, posting, key="payment:1")


async def test_one_business_event_is_posted_once_by_64_who_hear_of_it_at_once(pond: Pond) -> None:
    account = f"guide:{uuid4()}"
    posting = Posting("provider:sandbox", account, Money(7))

    posted = (post(pond, posting, key="payment:1") for _ in range(64))
    results = await asyncio.gather(*posted, return_exceptions=True)

    assert Counter(type(one) for one in results) == {type(None): 1, asyncpg.UniqueViolationError: 63}
    assert await db.ledger.sum_of(pond.context().reading, account) == 7


async def test_an_account_holds_one_unit_only(pond: Pond) -> None:
    await post(pond, Posting("provider:sandbox", "brand:sales", Money(1)))

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await post(pond, Posting("provider:sandbox", "brand:sales", Money(1, COIN)))


async def test_the_database_itself_refuses_an_overdrawn_wallet(pond: Pond) -> None:
    member = await a_member(pond)
    await coins(pond, member, 5)
    assert member.member_id is not None

    with pytest.raises(asyncpg.CheckViolationError):
        await post(pond, Posting(coin_wallet(member.member_id), COINS_ISSUED, Money(6, COIN)))


async def test_a_wallet_holds_what_its_postings_add_up_to_whatever_happens_at_once(pond: Pond) -> None:
    member = await a_member(pond)
    assert member.member_id is not None
    wallet = coin_wallet(member.member_id)
    await coins(pond, member, 50)

    spending = (post(pond, Posting(wallet, COINS_ISSUED, Money(7, COIN))) for _ in range(64))
    results = await asyncio.gather(*spending, return_exceptions=True)

    reading = pond.context().reading
    assert sum(result is None for result in results) == 7
    assert (await db.ledger.balances_of(reading, [wallet]))[wallet] == 1
    assert await db.ledger.sum_of(reading, wallet) == 1


async def test_accounts_that_many_open_at_once_are_opened_once(pond: Pond) -> None:
    """Two payments of one guide's customers come in at the same time, and the guide has never earned before."""
    for _ in range(20):
        wallet = coin_wallet(uuid4())
        await asyncio.gather(*(post(pond, Posting(COINS_ISSUED, wallet, Money(1, COIN))) for _ in range(6)))

        assert await db.ledger.balances_of(pond.database.reading(), [wallet]) == {wallet: 6}
