"""The book: what pricing knows, and when it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

import db.promotion_editions
import db.promotions
from db.connection import Database
from domain.promotions.book import Book
from domain.promotions.life import UNLIMITED, Limits, Planned, PromotionState
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.refusals import NotFound
from tests.pond import NOON, statements


@dataclass(frozen=True, slots=True)
class Off:
    fen: int


class TakeOff:
    """A play of a test."""

    kind, stage, rank, terms_type = "TAKE_OFF", Stage.SUBTOTAL, 0, Off

    def check(self, terms: Off) -> None: ...
    def variants(self, terms: Off) -> tuple[UUID, ...]:
        assert terms.fen > 0
        return ()

    def apply(self, promotion: Promotion, sheet: Any) -> None: ...


PLAYS = MappingProxyType({"TAKE_OFF": TakeOff()})
A_PROMOTION = Planned(
    Promotion(UUID(int=7), "TAKE_OFF", "立减", Off(500)), PromotionState.PUBLISHED, UNLIMITED, None, NOON, NOON
)


async def publish(database: Database, planned: Planned) -> None:
    async with database.writing() as tx:
        await db.promotions.add(tx, planned)
        await db.promotion_editions.turn(tx)


async def book(database: Database) -> Book:
    return await db.promotions.book(database.reading(), PLAYS)


async def test_a_brand_without_promotions_has_an_empty_book(database: Database) -> None:
    assert (await book(database)).promotions == ()


async def test_a_promotion_is_in_the_book_with_its_terms(database: Database) -> None:
    await publish(database, A_PROMOTION)

    assert (await book(database)).promotions == (A_PROMOTION.promotion,)


async def test_a_book_is_read_again_only_when_something_changed(database: Database) -> None:
    await publish(database, A_PROMOTION)
    first = await book(database)

    with statements() as log:
        assert await book(database) is first
    async with database.writing() as tx:
        await db.promotions.save(tx, replace(A_PROMOTION, state=PromotionState.PAUSED))
        await db.promotion_editions.turn(tx)

    assert len(log) == 1
    assert (await book(database)).promotions == ()


async def test_what_a_transaction_took_back_is_not_kept(database: Database) -> None:
    await publish(database, A_PROMOTION)
    with pytest.raises(NotFound):
        async with database.writing() as tx:
            await db.promotions.save(tx, replace(A_PROMOTION, state=PromotionState.ENDED))
            await db.promotion_editions.turn(tx)
            assert (await db.promotions.book(tx, PLAYS)).promotions == ()
            raise NotFound

    assert (await book(database)).promotions == (A_PROMOTION.promotion,)


async def test_a_promotion_whose_play_is_not_installed_lowers_no_price(database: Database) -> None:
    await publish(database, A_PROMOTION)

    found = await db.promotions.book(database.reading(), {})

    assert found.promotions == ()


async def test_only_promotions_with_limits_are_counted(database: Database) -> None:
    limited = replace(A_PROMOTION, promotion=replace(A_PROMOTION.promotion, id=UUID(int=8)), limits=Limits(uses=1))
    await publish(database, A_PROMOTION)
    await publish(database, limited)

    assert (await book(database)).counted.keys() == {limited.id}
