"""Store days: what happened is added up by day and place, and a report is told in whole figures (R02)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from domain.money import Money
from domain.refusals import BadInput
from domain.store_days import (
    BuyerDay,
    Figures,
    Happening,
    OrderSeen,
    StoreDay,
    buyers_of,
    check_span,
    day_of,
    days_of,
    paid,
    returned,
)

SHANGHAI = timezone(timedelta(hours=8))
LATE = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
LATER = LATE + timedelta(seconds=1)
SHOP, MEI = UUID(int=1), UUID(int=2)
FACT = {"total_minor": 322_91, "member": MEI.hex, "commissions": [{"amount_minor": 25_18}, {"amount_minor": 6_29}]}


def test_a_day_is_one_of_the_brands_calendar() -> None:
    assert [day_of(at, SHANGHAI) for at in (LATE, LATER)] == [date(2026, 11, 22), date(2026, 11, 23)]


def test_an_order_counts_for_the_ways_by_which_it_came() -> None:
    plain = paid(SHOP, LATE, FACT, OrderSeen(SHOP, None, False, False))
    live = paid(SHOP, LATE, FACT, OrderSeen(SHOP, None, True, True))

    assert plain.adds == {
        "orders": 1, "gmv_minor": 322_91, "live_gmv_minor": 0, "share_gmv_minor": 0, "commission_minor": 31_47
    }  # fmt: skip
    assert (live.adds["live_gmv_minor"], live.adds["share_gmv_minor"]) == (322_91, 322_91)


def test_what_goes_back_counts_on_its_own_day() -> None:
    sale = paid(SHOP, LATE, FACT, OrderSeen(SHOP, None, False, False))
    back = returned(SHOP, LATER, {"refunded_minor": 100_00, "claw_backs": [{"amount_minor": 5_00}]})

    days = days_of([sale, back, sale], {(SHOP, LATE): 1, (SHOP, LATER): 1}, SHANGHAI)

    assert days == [
        StoreDay(date(2026, 11, 22), 1, gmv_minor=645_82, orders=2, commission_minor=62_94),
        StoreDay(date(2026, 11, 23), 1, refunds_minor=100_00, commission_minor=-5_00),
    ]


def test_a_store_that_moved_has_a_day_for_each_place() -> None:
    sale, more = (Happening(SHOP, at, {"orders": 1}, MEI) for at in (LATE, LATE - timedelta(hours=1)))
    places = {(SHOP, LATE): 2, (SHOP, LATE - timedelta(hours=1)): 1}

    assert [day.place_id for day in days_of([sale, more], places, SHANGHAI)] == [1, 2]
    assert buyers_of([sale, more, sale], places, SHANGHAI) == [
        BuyerDay(date(2026, 11, 22), 1, SHOP, MEI, 1),
        BuyerDay(date(2026, 11, 22), 2, SHOP, MEI, 2),
    ]


def test_figures_tell_averages_of_what_there_is() -> None:
    some = Figures(1_000, 1_500, 0, 0, 0, 3, 0, 0, 0, 8, 3)
    none = Figures(*[0] * 11)

    assert (some.net, some.average, some.repurchase_bp) == (Money(-500), Money(333), 3_750)
    assert (none.average, none.repurchase_bp) == (None, None)
    assert (some.gmv, some.refunds, some.live_gmv, some.share_gmv, some.commission) == (
        Money(1_000), Money(1_500), Money(0), Money(0), Money(0)
    )  # fmt: skip


def test_a_report_is_of_a_year_at_most() -> None:
    day = date(2026, 1, 1)
    check_span(day, day)
    check_span(day, day + timedelta(days=365))
    for last in (day - timedelta(days=1), day + timedelta(days=366)):
        with pytest.raises(BadInput):
            check_span(day, last)
