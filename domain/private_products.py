"""Private products: sold in the private domain only, to those whom they admit (R25).

What a product admits, and what a shopper is, are both told by passes: words such as `TAG:` and the tag's id. A pass
without an id is held by whoever is of any level, has any paid card or is bound to any store. The database compares
them in `member_passes`, for lists; here they are compared where the shopper is known anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from domain.promotions.audiences import Audience, AudienceKind, Shopper
from domain.refusals import BadInput, between

MOST_ADMITTED = 100
ADMITTED = frozenset({AudienceKind.LEVEL, AudienceKind.PAID_CARD, AudienceKind.TAG, AudienceKind.STORE})


def admits_of(audiences: Iterable[Audience]) -> tuple[str, ...]:
    """The passes that let somebody see a product: those of any of the audiences, in order.

    Raises:
        BadInput: an audience cannot be told by a pass, or there are more than 100.
    """
    passes: set[str] = set()
    for i, audience in enumerate(audiences):
        if audience.kind not in ADMITTED or (audience.kind is AudienceKind.TAG and not audience.ids):
            rule = "a level, paid card, tag or store"
            raise BadInput(rule, "应为等级、付费卡、标签或门店", path=("input", "audience", str(i)))
        passes |= {_pass(audience.kind, key) for key in audience.ids} or {audience.kind.value}
    between(len(passes), 0, MOST_ADMITTED, "input", "audience")
    return tuple(sorted(passes))


def audiences_of(admits: Iterable[str]) -> list[Audience]:
    """The audiences that passes stand for, one of each kind, in order of their kinds."""
    found: dict[AudienceKind, set[UUID]] = {}
    for one in sorted(admits):
        kind, _, key = one.partition(":")
        found.setdefault(AudienceKind(kind), set()).update({UUID(hex=key)} if key else ())
    return [Audience(kind, frozenset(ids)) for kind, ids in found.items()]


def is_admitted(admits: Iterable[str], shopper: Shopper) -> bool:
    """Whether a private product is for this shopper."""
    return not _held(shopper).isdisjoint(admits)


def _held(shopper: Shopper) -> set[str]:
    return set(_passes(shopper))


def _passes(shopper: Shopper) -> Iterator[str]:
    own = (
        (AudienceKind.LEVEL, shopper.level_id),
        (AudienceKind.PAID_CARD, shopper.plan_id),
        (AudienceKind.STORE, shopper.store_id),
    )
    for kind, key in own:
        if key is not None:
            yield kind.value
            yield _pass(kind, key)
    for tag in shopper.tags:
        yield _pass(AudienceKind.TAG, tag)


def _pass(kind: AudienceKind, key: UUID) -> str:
    return f"{kind.value}:{key.hex}"
