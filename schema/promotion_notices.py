"""Promotion notices: what those who buy see of promotions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain.identity import Scope
from domain.promotions.audiences import AudienceKind
from resolvers.context import Context
from resolvers.promotion_notices import Notice
from schema.access import batched, derived, object_type
from schema.ids import Kind, id_of
from schema.promotion_frames import WeeklySlot
from schema.promotion_words import words_of


async def _summaries(ctx: Context, notices: Sequence[Notice]) -> Any:
    return [words_of(notice.promotion, ctx.locale, notice.variant_id) for notice in notices]


@object_type(
    scope=Scope.VISITOR, description="A promotion that runs on something now, for those who buy.", record=Notice
)
class PromotionNotice:
    promotion_id: strawberry.ID = derived(lambda n: id_of(Kind.PROMOTION, n.promotion.id), "The promotion.")
    kind: str = derived(lambda n: n.promotion.kind, "The play, such as REDUCTION (满减).")
    name: str = derived(lambda n: n.promotion.name, "What the brand calls it.")
    summary: str = batched(_summaries, "What it gives, in the language of the request, such as 满300.00元减40.00元.")
    audience: AudienceKind = derived(lambda n: n.promotion.audience.kind, "For whom it is.")
    exclusive: bool = derived(lambda n: n.promotion.exclusive, "Whether it goes with no later offer and no coupon.")
    starts_at: datetime | None = derived(lambda n: n.promotion.starts_at, "When it began, if that was set.")
    ends_at: datetime | None = derived(lambda n: n.promotion.ends_at, "When it ends, if that is set.")
    slots: list[WeeklySlot] = derived(lambda n: n.promotion.slots, "In which hours; always, when there are none.")
