"""The one graph: every slice's queries, mutations and subscriptions together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

import engine
from domain.identity import Scope
from domain.refusals import BadInput
from resolvers.context import Context
from schema import (
    after_sales,
    attributions,
    balances,
    bargain_offers,
    bargains,
    bindings,
    boards,
    bonuses,
    bounties,
    bullets,
    campaigns,
    carts,
    catalogue,
    categories,
    channels,
    comments,
    commissions,
    complaints,
    contacts,
    coupon_advice,
    coupon_templates,
    coupons,
    draws,
    entitlements,
    fulfilment,
    gift_cards,
    gifts,
    group_buys,
    groups,
    guide_statements,
    guides,
    handovers,
    hook_scans,
    hooks,
    invoices,
    leads,
    levels,
    live,
    live_audience,
    live_bounties,
    live_calls,
    live_events,
    live_reservations,
    live_shelves,
    logins,
    lotteries,
    members,
    memberships,
    order_edits,
    orders,
    paying,
    payments,
    points,
    points_offers,
    posts,
    price_floors,
    price_lists,
    product_batches,
    products,
    profit_sharing,
    promotions,
    publishing,
    quotes,
    red_packets,
    reviews,
    room_rules,
    seckills,
    service_figures,
    settlements,
    share_performance,
    shares,
    shipments,
    shipping,
    splits,
    stock,
    stock_locations,
    store_days,
    stores,
    tags,
    task_planning,
    tasks,
    tiers,
    wallets,
    webhook_deliveries,
    webhooks,
    withdrawals,
)
from schema.access import query
from schema.errors import USER_ERRORS
from schema.faults import authorise, masked
from schema.ids import Kind, key_if, kind_of
from schema.node import Node
from schema.scalars import CONFIG
from schema.texts import StorableTexts

MOST_NODES = 100
_LOADERS: dict[Kind, Callable[[Context, Sequence[UUID]], Awaitable[Any]]] = {
    **catalogue.NODES,
    **posts.NODES,
    **comments.NODES,
    **live.NODES,
    **live_shelves.NODES,
    **orders.NODES,
    **shipments.NODES,
    **payments.NODES,
    **profit_sharing.NODES,
    **after_sales.NODES,
    **reviews.NODES,
    **invoices.NODES,
    **complaints.NODES,
    **members.NODES,
    **stores.NODES,
    **leads.NODES,
    **channels.NODES,
    **hooks.NODES,
    **settlements.NODES,
    **stock_locations.NODES,
    **guides.NODES,
    **tasks.NODES,
    **bindings.NODES,
    **handovers.NODES,
    **shares.NODES,
    **draws.NODES,
    **red_packets.NODES,
    **coupon_templates.NODES,
    **coupons.NODES,
    **lotteries.NODES,
    **points_offers.NODES,
    **promotions.NODES,
    **campaigns.NODES,
    **price_lists.NODES,
    **seckills.NODES,
    **group_buys.NODES,
    **groups.NODES,
    **bargain_offers.NODES,
    **bargains.NODES,
    **webhook_deliveries.NODES,
    **webhooks.NODES,
    **withdrawals.NODES,
}


async def _node(
    ctx: Context,
    *,
    id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")],
) -> Any:
    return (await _nodes(ctx, ids=[id]))[0]


async def _nodes(
    ctx: Context, *, ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")]
) -> Any:
    if len(ids) > MOST_NODES:
        raise BadInput(f"at most {MOST_NODES} ids", f"最多 {MOST_NODES} 个 id", path=("ids",))
    found: dict[str, Any] = {}
    for kind in _LOADERS.keys() & {kind_of(one) for one in ids}:
        keys = {key: one for one in ids if (key := key_if(kind, one)) is not None}
        for key, value in (await _LOADERS[kind](ctx, list(keys))).items():
            found[keys[key]] = value
    return [found.get(one) for one in ids]


@strawberry.type(description="What can be asked.")
class Query(
    catalogue.CatalogueQuery,
    posts.PostQuery,
    comments.CommentQuery,
    carts.CartsQuery,
    orders.OrdersQuery,
    payments.PaymentsQuery,
    after_sales.AfterSalesQuery,
    reviews.ReviewsQuery,
    invoices.InvoicesQuery,
    complaints.ComplaintsQuery,
    live.LiveQuery,
    bullets.BulletQuery,
    room_rules.RoomRulesQuery,
    live_events.LiveEventsQuery,
    live_reservations.LiveReservationQuery,
    gifts.GiftsQuery,
    coupons.CouponsQuery,
    coupon_advice.CouponAdviceQuery,
    lotteries.LotteryQuery,
    points_offers.PointsOfferQuery,
    promotions.PromotionQuery,
    campaigns.CampaignQuery,
    price_lists.PriceListQuery,
    seckills.SeckillsQuery,
    group_buys.GroupBuysQuery,
    groups.GroupsQuery,
    bargain_offers.BargainOffersQuery,
    bargains.BargainsQuery,
    coupon_templates.CouponTemplatesQuery,
    members.MemberQuery,
    stores.StoreQuery,
    store_days.StoreDayQuery,
    leads.LeadQuery,
    channels.ChannelQuery,
    hooks.HookQuery,
    hook_scans.HookReportQuery,
    splits.SplitQuery,
    settlements.SettlementQuery,
    stock.StockQuery,
    stock_locations.StockLocationQuery,
    shipping.ShippingQuery,
    guides.GuideQuery,
    bindings.BindingQuery,
    handovers.HandoverQuery,
    commissions.CommissionQuery,
    wallets.WalletQuery,
    withdrawals.WithdrawalQuery,
    guide_statements.GuideStatementQuery,
    bounties.BountyQuery,
    bonuses.BonusQuery,
    tiers.TierQuery,
    levels.LevelsQuery,
    memberships.MembershipsQuery,
    balances.BalancesQuery,
    gift_cards.GiftCardsQuery,
    tags.TagsQuery,
    webhooks.WebhooksQuery,
    shares.ShareQuery,
    share_performance.SharePerformanceQuery,
    attributions.AttributionQuery,
    boards.BoardsQuery,
    tasks.TasksQuery,
    service_figures.ServiceFiguresQuery,
):
    node: Node | None = query(
        _node, "One object by its id; null when the caller may not know of it.", scope=Scope.VISITOR
    )
    nodes: list[Node | None] = query(
        _nodes,
        "Objects by their ids, in that order, null for each that the caller may not know of.",
        scope=Scope.VISITOR,
    )


@strawberry.type(description="What can be done.")
class Mutation(
    products.ProductMutation,
    product_batches.ProductBatchMutation,
    promotions.PromotionMutation,
    campaigns.CampaignMutation,
    price_lists.PriceListMutation,
    price_floors.PriceFloorMutation,
    seckills.SeckillsMutation,
    group_buys.GroupBuysMutation,
    groups.GroupsMutation,
    bargain_offers.BargainOffersMutation,
    bargains.BargainsMutation,
    publishing.PostMutation,
    comments.CommentMutation,
    categories.CategoriesMutation,
    stock.StockMutation,
    stock_locations.StockLocationMutation,
    shipping.ShippingMutation,
    carts.CartsMutation,
    orders.OrdersMutation,
    order_edits.OrderEditsMutation,
    fulfilment.FulfilmentMutation,
    paying.PayingMutation,
    profit_sharing.ProfitSharingMutation,
    after_sales.AfterSalesMutation,
    reviews.ReviewsMutation,
    invoices.InvoicesMutation,
    complaints.ComplaintsMutation,
    live.LiveMutation,
    bullets.BulletMutation,
    room_rules.RoomRulesMutation,
    live_shelves.LiveShelfMutation,
    live_audience.LiveAudienceMutation,
    live_bounties.LiveBountyMutation,
    live_calls.LiveCallMutation,
    live_reservations.LiveReservationMutation,
    gifts.GiftsMutation,
    coupons.CouponsMutation,
    lotteries.LotteryMutation,
    points_offers.PointsOfferMutation,
    coupon_templates.CouponTemplatesMutation,
    draws.DrawsMutation,
    red_packets.RedPacketsMutation,
    logins.LoginMutation,
    members.MemberMutation,
    stores.StoreMutation,
    settlements.SettlementMutation,
    leads.LeadMutation,
    channels.ChannelMutation,
    hooks.HookMutation,
    hook_scans.HookScanMutation,
    splits.SplitMutation,
    guides.GuideMutation,
    bindings.BindingMutation,
    contacts.ContactMutation,
    handovers.HandoverMutation,
    commissions.CommissionMutation,
    wallets.WalletMutation,
    withdrawals.WithdrawalMutation,
    bounties.BountyMutation,
    bonuses.BonusMutation,
    tiers.TierMutation,
    points.PointsMutation,
    levels.LevelsMutation,
    memberships.MembershipsMutation,
    balances.BalancesMutation,
    gift_cards.GiftCardsMutation,
    entitlements.EntitlementsMutation,
    tags.TagsMutation,
    webhooks.WebhooksMutation,
    shares.ShareMutation,
    task_planning.TasksMutation,
    service_figures.ServiceFiguresMutation,
):
    pass


@strawberry.type(description="What can be watched.")
class Subscription(
    live_events.LiveSubscription,
    bullets.BulletSubscription,
    gifts.GiftsSubscription,
    boards.BoardsSubscription,
    tasks.TasksSubscription,
):
    pass


TYPES: tuple[type, ...] = (
    *USER_ERRORS,
    quotes.QuoteOutdated,
    *live_events.TYPES,
    *bullets.TYPES,
    *room_rules.TYPES,
    *live_audience.TYPES,
    *live_calls.TYPES,
    gifts.RewardGiven,
    draws.DrawChanged,
    red_packets.RedPacketChanged,
)


def build(*, introspection: bool = True) -> engine.Schema:
    """The schema of the product. A field without a scope fails it."""
    return engine.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=TYPES,
        config=CONFIG,
        rules=(StorableTexts,),
        authorise=authorise,
        mask=masked,
        require_scope=True,
        introspection=introspection,
        tell_cost=True,
    )


def sdl() -> str:
    """The schema in the schema definition language, as it is committed."""
    return build().as_str() + "\n"
