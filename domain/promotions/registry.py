"""The registry of plays: our own, and what integrators bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.payloads import Read, reader_of
from domain.promotions.plays import Play
from domain.promotions.plays.add_on import AddOn
from domain.promotions.plays.bundle import Bundle
from domain.promotions.plays.buy_gift import BuyGift
from domain.promotions.plays.first_order import FirstOrder
from domain.promotions.plays.free_shipping import FreeShipping
from domain.promotions.plays.nth_item import NthItem
from domain.promotions.plays.percent_off import PercentOff
from domain.promotions.plays.reduction import Reduction
from domain.promotions.plays.slot_price import SlotPrice
from domain.promotions.plays.threshold_gift import ThresholdGift
from domain.promotions.plays.time_discount import TimeDiscount
from domain.promotions.terms import Promotion
from domain.refusals import BadInput

ENTRY_POINTS = "yutang.plays"
"""The group of entry points that the app loads plays of integrators from: each an object that is a `Play`."""

_OUR_OWN: Sequence[Play] = (
    TimeDiscount(),
    SlotPrice(),
    Bundle(),
    NthItem(),
    AddOn(),
    FirstOrder(),
    Reduction(),
    PercentOff(),
    ThresholdGift(),
    FreeShipping(),
    BuyGift(),
)
BUILT_IN: Mapping[str, Play] = MappingProxyType({play.kind: play for play in _OUR_OWN})


def with_plays(more: Iterable[Play]) -> Mapping[str, Play]:
    """Our own plays and these, by kind.

    Raises:
        ValueError: two are of one kind.
    """
    plays = dict(BUILT_IN)
    for play in more:
        if play.kind in plays:
            raise ValueError(f"there are two plays of kind {play.kind}")
        plays[play.kind] = play
    return MappingProxyType(plays)


def read_terms(plays: Mapping[str, Play], kind: str, values: Any) -> Any:
    """The terms of a promotion from JSON values, as they were published."""
    return _reader(plays[kind])(values)


def check_terms(plays: Mapping[str, Play], kind: str, values: Any, *path: str) -> Any:
    """The terms of a promotion that somebody wants to publish, held to their bounds.

    Raises:
        BadInput: there is no such play, or these are no terms for it.
    """
    play = plays.get(kind)
    if play is None:
        raise BadInput(f"one of {', '.join(sorted(plays))}", "未知的活动类型", path=(*path, "kind"))
    try:
        terms = _reader(play)(values)
    except (KeyError, TypeError, ValueError, AttributeError):
        rule = f"the terms of {kind}, with every part of its type"
        raise BadInput(rule, "活动参数格式不正确", path=(*path, "terms")) from None
    try:
        play.check(terms)
    except BadInput as refusal:
        raise BadInput(refusal.rule, refusal.rule_zh, path=(*path, "terms", *refusal.path)) from None
    return terms


def _reader(play: Play) -> Read:
    kind: Any = play.terms_type
    return reader_of(kind)


def variants_beside(plays: Mapping[str, Play], promotions: Iterable[Promotion]) -> set[UUID]:
    """The variants that promotions give away or sell beside a cart: gifts and add-ons, to be loaded with it."""
    known = ((plays[one.kind], one.terms) for one in promotions if one.kind in plays)
    return {key for play, terms in known for key in play.variants(terms)}
