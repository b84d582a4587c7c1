"""Coupon templates: what the brand promises to those who take a coupon, to how many, and for how long (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.money import LARGEST_MINOR, WHOLE
from domain.promotions.coupons import CouponKind
from domain.promotions.scopes import EVERYTHING, Scope
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, between, text_within

MOST_IDS = 100
MOST_COUPONS = 100_000_000
MOST_PER_PERSON = 100
MOST_DAYS = 3_650
MOST_CODES_AT_ONCE = 1_000
LONGEST_CODE, SHORTEST_CODE = 32, 4


class CouponScope(Enum):
    """For what a coupon is good: goods, or whatever is bought from a store, of a guide or by a community."""

    ALL = "ALL"
    CATEGORY = "CATEGORY"
    PRODUCT = "PRODUCT"
    STORE = "STORE"
    COMMUNITY = "COMMUNITY"
    GUIDE = "GUIDE"


class TakeBy(Enum):
    """How a coupon comes to a member."""

    USER = "USER"
    GIFT_BY_GUIDE = "GIFT_BY_GUIDE"
    REGISTER = "REGISTER"
    ORDER_GIFT = "ORDER_GIFT"
    CODE = "CODE"
    LIVE = "LIVE"
    PRIZE = "PRIZE"
    SCAN = "SCAN"


class TemplateState(Enum):
    """The life of a template. What was taken of one that ended stays good."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ENDED = "ENDED"


TRANSITIONS: dict[TemplateState, frozenset[TemplateState]] = {
    TemplateState.DRAFT: frozenset({TemplateState.PUBLISHED}),
    TemplateState.PUBLISHED: frozenset({TemplateState.ENDED}),
    TemplateState.ENDED: frozenset(),
}

_GOODS = (CouponScope.CATEGORY, CouponScope.PRODUCT)


@record
class Worth:
    """What a coupon gives: fen for `amount`, `cap` (0: none) and `threshold`, basis points taken off for `off_bp`."""

    kind: CouponKind
    amount: int = 0
    off_bp: int = 0
    cap: int = 0
    threshold: int = 0


@record
class Validity:
    """When a coupon is good: between two instants, or for so many days that begin so many days after it was taken."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    after_days: int = 0
    days: int | None = None

    def window(self, at: datetime) -> tuple[datetime, datetime]:
        """From when on, and before when, a coupon that is taken now is good."""
        if self.days is None:
            assert self.ends_at is not None, "terms are checked before they are kept"
            return self.starts_at or at, self.ends_at
        starts = at + timedelta(days=self.after_days)
        return starts, starts + timedelta(days=self.days)

    def is_over(self, at: datetime) -> bool:
        """Whether what is taken now could not be used any more."""
        return self.ends_at is not None and at >= self.ends_at


@record
class CouponTerms:
    """Everything that a template says. `total` None: as many as are asked for. `gift_from`: fen, for ORDER_GIFT."""

    name: str
    worth: Worth
    validity: Validity
    take_by: tuple[TakeBy, ...]
    description: str = ""
    scope: CouponScope = CouponScope.ALL
    scope_ids: tuple[UUID, ...] = ()
    excluded_ids: tuple[UUID, ...] = ()
    order_wide: bool = False
    total: int | None = None
    per_person: int = 1
    gift_from: int = 0
    campaign_id: UUID | None = None

    @property
    def goods(self) -> Scope:
        """The goods that it is good for."""
        excluded = frozenset(self.excluded_ids)
        if self.scope is CouponScope.PRODUCT:
            return Scope(everything=False, product_ids=frozenset(self.scope_ids), excluded=excluded)
        if self.scope is CouponScope.CATEGORY:
            return Scope(everything=False, category_ids=frozenset(self.scope_ids), excluded=excluded)
        return Scope(excluded=excluded) if excluded else EVERYTHING


@record
class CouponTemplate:
    """A template with how many were taken of it."""

    id: UUID
    state: TemplateState
    terms: CouponTerms
    taken: int
    version: int
    created_at: datetime

    @property
    def name(self) -> str:
        return self.terms.name

    @property
    def left(self) -> int | None:
        """How many can still be taken; None: any number.

        yudao asks beforehand whether `takeCount > totalCount`: one too late (product rules 2.7.4).
        """
        return None if self.terms.total is None else self.terms.total - self.taken

    def can_be_taken(self, at: datetime) -> bool:
        return self.state is TemplateState.PUBLISHED and self.left != 0 and not self.terms.validity.is_over(at)


@dataclass(eq=False)
class CodeTaken(Refusal):
    """The code stands for a coupon already."""

    code = ErrorCode.CONFLICT


def check_terms(terms: CouponTerms) -> CouponTerms:
    """The terms with clean texts, held to their bounds.

    Raises:
        BadInput: a part is out of bounds, or two parts contradict each other.
    """
    _check_worth(terms.worth)
    _check_scope(terms)
    _check_validity(terms.validity)
    if not terms.take_by:
        raise BadInput("at least one way", "至少选择一种领取方式", path=("input", "takeBy"))
    if terms.total is not None:
        between(terms.total, 1, MOST_COUPONS, "input", "total")
    between(terms.per_person, 1, MOST_PER_PERSON, "input", "perPerson")
    between(terms.gift_from, 0, LARGEST_MINOR, "input", "giftFrom")
    return replace(
        terms,
        name=text_within(terms.name, 40, "input", "name"),
        description=text_within(terms.description, 500, "input", "description", least=0),
        take_by=tuple(sorted(set(terms.take_by), key=lambda one: one.value)),
    )


def _check_worth(worth: Worth) -> None:
    fixed, percent = worth.kind is CouponKind.FIXED, worth.kind is CouponKind.PERCENT
    least, most = (1, LARGEST_MINOR) if fixed else (0, LARGEST_MINOR if worth.kind is CouponKind.FREE_SHIPPING else 0)
    between(worth.amount, least, most, "input", "amount")
    between(worth.off_bp, 1 if percent else 0, WHOLE - 1 if percent else 0, "input", "offBp")
    between(worth.cap, 0, LARGEST_MINOR if percent else 0, "input", "cap")
    between(worth.threshold, 0, LARGEST_MINOR, "input", "threshold")


def _check_scope(terms: CouponTerms) -> None:
    least = 0 if terms.scope is CouponScope.ALL else 1
    between(len(set(terms.scope_ids)), least, MOST_IDS * least, "input", "scopeIds")
    between(len(set(terms.excluded_ids)), 0, MOST_IDS, "input", "excludedProductIds")
    if terms.worth.kind is CouponKind.EXCHANGE and terms.scope not in _GOODS:
        raise BadInput("products or categories to exchange for", "兑换券须限定商品或类目", path=("input", "scope"))
    if terms.order_wide and terms.scope in _GOODS:
        raise BadInput("a scope of more than goods", "整单券不能限定商品或类目", path=("input", "orderWide"))


def _check_validity(validity: Validity) -> None:
    if (validity.days is None) == (validity.ends_at is None):
        raise BadInput(
            "either an end or a number of days", "截止时间与有效天数须且只能填写一个", path=("input", "days")
        )
    if validity.days is not None:
        between(validity.days, 1, MOST_DAYS, "input", "days")
        between(validity.after_days, 0, MOST_DAYS, "input", "afterDays")
    elif validity.starts_at is not None and validity.ends_at is not None and validity.ends_at <= validity.starts_at:
        raise BadInput("an end after the start", "结束须晚于开始", path=("input", "endsAt"))


def move(template: CouponTemplate, to: TemplateState) -> CouponTemplate:
    """Bring a template into another state.

    Raises:
        WrongState: its state does not lead there.
    """
    if to not in TRANSITIONS[template.state]:
        raise WrongState(template.state.value, path=("input", "couponTemplateId"))
    return replace(template, state=to, version=template.version + 1)


def edit(template: CouponTemplate, terms: CouponTerms) -> CouponTemplate:
    """Change what a draft says: nobody has taken one of it yet.

    Raises:
        WrongState: it was published.
    """
    if template.state is not TemplateState.DRAFT:
        raise WrongState(template.state.value, path=("input", "couponTemplateId"))
    return replace(template, terms=terms, version=template.version + 1)


def check_takes_codes(template: CouponTemplate) -> None:
    """Codes are for templates that are taken by them.

    Raises:
        WrongState: it is over.
        BadInput: it is not taken by codes.
    """
    if template.state is TemplateState.ENDED:
        raise WrongState(template.state.value, path=("input", "couponTemplateId"))
    if TakeBy.CODE not in template.terms.take_by:
        raise BadInput("a template that is taken by codes", "该券模板不支持兑换码", path=("input", "couponTemplateId"))


def clean_code(given: str, *path: str) -> str:
    """A code as it is kept: people write small letters and spaces where there are none.

    >>> clean_code(" mid-autumn 2026 ")
    'MIDAUTUMN2026'

    Raises:
        BadInput: it is no code.
    """
    code = "".join(one for one in given.upper() if one.isascii() and one.isalnum())
    between(len(code), SHORTEST_CODE, LONGEST_CODE, *path)
    return code


def clean_codes(given: Sequence[str]) -> list[str]:
    """Codes as they are kept, each once, in any order; what is no code is left out."""
    codes = {"".join(one for one in text.upper() if one.isascii() and one.isalnum()) for text in given}
    return sorted(code for code in codes if SHORTEST_CODE <= len(code) <= LONGEST_CODE)
