"""Attributions: whose an order is and why, as clients see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import attribution as rules
from domain import attribution_views as views
from domain import pages
from domain.attribution import AttributionReason, Verdict
from domain.evidence import RoomSales, TouchRule
from domain.identity import Scope
from resolvers import attributions
from resolvers.context import Context
from schema.access import attribute, batched, derived, object_type, query
from schema.attribution_words import finding_words, summary
from schema.enums import described
from schema.guides import Guide
from schema.ids import Kind, identifier, key_if
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money
from schema.shares import Share
from schema.stores import Store

described(
    AttributionReason,
    "Why someone is credited with an order, the strongest reason first.",
    EXPLICIT_CODE="The code of a guide or a share was given at checkout (推广码).",
    LIVE_ROOM="It was placed in the guide's live room (直播间).",
    SHARE_TOUCH="The buyer had opened the guide's share (分享点击).",
    BINDING="The buyer is the guide's customer (绑定).",
    CHANNEL="A channel brought the buyer (渠道): departments share the order, and no guide has it.",
    NONE="Nothing speaks for anybody.",
)
described(
    Verdict,
    "What became of a piece of evidence.",
    CREDITED="The order is credited by it.",
    OUTRANKED="It was good, and something stronger went before it.",
    UNKNOWN_CODE="Nobody has the code.",
    EXPIRED="The code or the binding was over.",
    OUT_OF_WINDOW="The share was opened too long before.",
    NO_GUIDE="It is a member's share, or the member is the store's own: no guide's.",
    GUIDE_LEFT="The guide had left; the store keeps the order if nothing else is good.",
    OWN_PURCHASE="It is the buyer's own, and the brand pays no commission on own purchases.",
    OTHER_TOUCH="Several shares were opened, and another one counts.",
    PROTECTED_BINDING="The buyer's binding was protected; the guide assisted.",
    BINDING_FIRST="A binding goes before a share by the brand's policy; the guide assisted.",
    HANDED_OVER="The buyer had been handed over to another guide by the time of payment.",
)
described(
    TouchRule,
    "Which of several shares counts that a buyer opened.",
    LAST="The last one.",
    FIRST="The first one.",
)
described(
    RoomSales,
    "Whose performance a sale in a live room is, where the buyer's guide is of another store.",
    ROOM_STORE="The store's whose room it is.",
    BOUND_STORE="The store's of the buyer's guide.",
)


@object_type(scope=Scope.MEMBER, description="What the brand decided about attribution when the order was placed.")
class AttributionPolicy:
    touch_seconds: int = derived(
        lambda policy: int(policy.touch_lasts.total_seconds()), "For how many seconds opening a share counted."
    )
    content_touch_seconds: int = derived(
        lambda policy: int(policy.content_touch_lasts.total_seconds()), "The same for shares of posts."
    )
    touch_rule: TouchRule = attribute("Which of several shares counted.")
    touch_beats_binding: bool = attribute("Whether a share went before a binding whose protection was over.")
    assist_bp: int = attribute(
        "The part of the commission of a guide whose share lost to the binding alone, in basis points."
    )
    room_sales: RoomSales = attribute("Whose performance sales in live rooms were.")
    allow_self_commission: bool = attribute("Whether guides earned by what they bought for themselves.")
    forwards_count: bool = attribute("Whether a member's forward of a guide's share counted for that guide.")


async def _guide_names(ctx: Context, findings: Sequence[rules.Finding | rules.Assist]) -> list[str | None]:
    names = await attributions.names_of_guides(ctx, [one.guide_id for one in findings])
    return [names.get(one.guide_id) if one.guide_id else None for one in findings]


async def _finding_words(ctx: Context, findings: Sequence[rules.Finding]) -> list[str]:
    names = await attributions.names_of_guides(ctx, [one.guide_id for one in findings])
    return [finding_words(one, names, ctx.locale) for one in findings]


async def _summaries(ctx: Context, explanations: Sequence[views.Explanation]) -> list[str]:
    names = await attributions.names_of_guides(ctx, [one.guide_id for one in explanations])
    return [summary(one, names, ctx.locale) for one in explanations]


@object_type(scope=Scope.MEMBER, description="One piece of evidence about whose an order is, and what became of it.")
class AttributionFinding:
    reason: AttributionReason = attribute("What it is.")
    verdict: Verdict = attribute("What became of it.")
    text: str = batched(_finding_words, "The same in words, in the caller's language.")
    guide_id: strawberry.ID | None = identifier(Kind.GUIDE, "guide_id", description="The guide for whom it speaks.")
    guide_name: str | None = batched(_guide_names, "What the guide is called, also after having left.")
    store_id: strawberry.ID | None = identifier(Kind.STORE, "store_id", description="The store for which it speaks.")
    share_id: strawberry.ID | None = identifier(Kind.SHARE, "share_id", description="The share, if it is about one.")
    at: datetime | None = attribute("When the share was opened, or the binding began.")


@object_type(scope=Scope.MEMBER, description="Why an order is whose it is. From the payment on it does not change.")
class AttributionExplanation:
    summary: str = batched(_summaries, "Whose it is in one sentence, in the caller's language.")
    findings: list[AttributionFinding] = attribute(
        "All that was found, the strongest kind first, at most 24; empty when there was nothing."
    )
    policy: AttributionPolicy | None = attribute("The policy by which it was decided; null when there was nothing.")


@object_type(
    scope=Scope.MEMBER,
    description="A guide's part in an order that is another's (助攻): counted, and paid only by policy.",
)
class Assist:
    guide_id: strawberry.ID | None = identifier(Kind.GUIDE, "guide_id", description="The guide who assisted.")
    guide_name: str | None = batched(_guide_names, "What the guide is called.")
    share: Share | None = batched(attributions.shares_credited, "The share that the buyer had opened.")
    reason: AttributionReason = attribute("What the guide's part was.")
    bp: int = attribute("Which part of the guide's commission goes to who assisted, in basis points; 0 by default.")
    amount: Money = attribute("What that came to.")


@object_type(scope=Scope.MEMBER, description="Whose an order is (归属): who is credited with it, and why.")
class OrderAttribution:
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order.")
    reason: AttributionReason = attribute("Why.")
    guide: Guide | None = batched(
        attributions.guides_credited, "Who is credited; null for nobody, and for a guide who has left."
    )
    store: Store | None = batched(attributions.stores_credited, "The store for whose performance it counts.")
    at: datetime = attribute("When it was decided: when the order was placed.")
    share: Share | None = batched(
        attributions.shares_credited,
        "The share that led to it, also where something else was stronger; null for the buyer.",
    )
    assists: list[Assist] | None = attribute("Who had a part in it; null for the buyer.")
    explanation: AttributionExplanation | None = attribute(
        "Why it is whose it is: for every guide for whom something spoke, their stores' managers, and headquarters; "
        "null for the buyer."
    )


@object_type(scope=Scope.GUIDE, description="An order of another guide's in which the caller had a part.")
class OwnAssist:
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order.")
    assist: Assist = attribute("The caller's part.")
    at: datetime = attribute("When the order was placed.")
    counts: bool = attribute("Whether the order is paid, and was not given back as a whole: so many count on boards.")
    attribution: OrderAttribution | None = batched(
        attributions.attributions_of_assists, "Whose the order is, and why.", cost=2
    )


async def _attribution(
    ctx: Context, *, order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")]
) -> Any:
    key = key_if(Kind.ORDER, order_id)
    return None if key is None else await attributions.attribution(ctx, key)


async def _my_assists(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await attributions.my_assists(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class AttributionQuery:
    attribution: OrderAttribution | None = query(
        _attribution,
        "Why an order belongs to whom: for its buyer, every guide for whom something spoke, and their managers.",
        scope=Scope.MEMBER,
        cost=2,
    )
    my_assists: Connection[OwnAssist] = query(
        _my_assists, "Orders of other guides in which the caller had a part, the newest first.", scope=Scope.GUIDE
    )
