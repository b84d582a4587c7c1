"""Promotions in words, for those who buy: Chinese and English, without what is the brand's own business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import UUID

from domain.money import WHOLE, Money
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from resolvers.context import Locale

Words: TypeAlias = tuple[str, str]
"""Chinese, English."""


def words_of(promotion: Promotion, locale: Locale, variant_id: UUID | None = None) -> str:
    """What a promotion gives, in words; of one variant where its price is known, else of what it runs on."""
    tell = _WORDS.get(promotion.kind)
    if tell is None:
        return promotion.name
    chinese, english = tell(promotion.terms, variant_id)
    return english if locale is Locale.EN else chinese


def _yuan(fen: int) -> str:
    return Money(fen).amount


def _share(share_bp: int) -> Words:
    """What is paid of a price: 九折, 10 % off.

    >>> _share(8500)
    ('8.5折', '15% off')
    """
    tenths = f"{share_bp / 1000:.2f}".rstrip("0").rstrip(".")
    off = f"{(WHOLE - share_bp) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{tenths}折", f"{off}% off"


def _from(threshold: int, by: Measure) -> Words:
    if by is Measure.QUANTITY:
        return f"满{threshold}件", f"from {threshold} units"
    return f"满{_yuan(threshold)}元", f"from ¥{_yuan(threshold)}"


def _joined(parts: list[Words]) -> Words:
    return ",".join(part[0] for part in parts), ", ".join(part[1] for part in parts)


def _unit_prices(terms: Any, variant_id: UUID | None) -> Words:
    own = next((one.price for one in terms.prices if one.variant_id == variant_id), None)
    if own is not None:
        return f"特价{_yuan(own)}元", f"¥{_yuan(own)} each"
    if terms.rest_bp is not None:
        return _share(terms.rest_bp)
    lowest = min(one.price for one in terms.prices)
    return f"低至{_yuan(lowest)}元", f"from ¥{_yuan(lowest)} each"


_ORDINALS = {2: "second", 3: "third"}


def _nth_item(terms: Any, _: UUID | None) -> Words:
    chinese, english = _share(WHOLE - terms.off_bp)
    chinese = "半价" if terms.off_bp * 2 == WHOLE else "免费" if terms.off_bp == WHOLE else chinese
    return f"第{terms.n}件{chinese}", f"every {_ORDINALS.get(terms.n, f'{terms.n}th')} unit {english}"


def _bundle(terms: Any, _: UUID | None) -> Words:
    units = terms.choose or sum(part.quantity for part in terms.parts)
    chosen = "任选" if terms.choose else "套餐"
    return f"{chosen}{units}件{_yuan(terms.price)}元", f"{units} units for ¥{_yuan(terms.price)}"


def _add_on(terms: Any, _: UUID | None) -> Words:
    lowest = _yuan(min(offer.price for offer in terms.offers))
    return (
        f"满{_yuan(terms.threshold)}元加{lowest}元起换购",
        f"from ¥{_yuan(terms.threshold)}, add goods for ¥{lowest} and up",
    )


def _reduction(terms: Any, _: UUID | None) -> Words:
    tiers = [(_from(tier.threshold, terms.by), _yuan(tier.off)) for tier in terms.tiers]
    if terms.repeats:
        tiers = [((f"每{zh}", en.replace("from", "for every", 1)), off) for (zh, en), off in tiers]
    return _joined([(f"{zh}减{off}元", f"{en} ¥{off} off") for (zh, en), off in tiers])


def _percent_off(terms: Any, _: UUID | None) -> Words:
    tiers = [(_from(tier.threshold, terms.by), _share(WHOLE - tier.off_bp)) for tier in terms.tiers]
    return _joined([(f"{zh}{share[0]}", f"{en} {share[1]}") for (zh, en), share in tiers])


def _threshold_gift(terms: Any, _: UUID | None) -> Words:
    return _joined([(f"{zh}赠好礼", f"{en} a gift") for zh, en in (_from(t.threshold, terms.by) for t in terms.tiers)])


def _buy_gift(terms: Any, _: UUID | None) -> Words:
    given = sum(gift.quantity for gift in terms.gifts)
    return f"买{terms.buy}赠{given}", f"buy {terms.buy}, get {given} free"


def _free_shipping(terms: Any, _: UUID | None) -> Words:
    if not terms.threshold:
        return "包邮", "free shipping"
    chinese, english = _from(terms.threshold, terms.by)
    return f"{chinese}包邮", f"{english} free shipping"


def _first_order(terms: Any, _: UUID | None) -> Words:
    start = (f"满{_yuan(terms.threshold)}元", f" from ¥{_yuan(terms.threshold)}") if terms.threshold else ("", "")
    return f"首单{start[0]}减{_yuan(terms.off)}元", f"¥{_yuan(terms.off)} off the first order{start[1]}"


_WORDS: dict[str, Callable[[Any, UUID | None], Words]] = {
    "TIME_DISCOUNT": _unit_prices,
    "SLOT_PRICE": _unit_prices,
    "NTH_ITEM": _nth_item,
    "BUNDLE": _bundle,
    "ADD_ON": _add_on,
    "REDUCTION": _reduction,
    "PERCENT_OFF": _percent_off,
    "THRESHOLD_GIFT": _threshold_gift,
    "BUY_GIFT": _buy_gift,
    "FREE_SHIPPING": _free_shipping,
    "FIRST_ORDER": _first_order,
}
