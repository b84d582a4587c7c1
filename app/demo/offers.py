"""What the sample brand offers: a campaign with two promotions, and prices for those who hold a card."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import db.campaigns
import db.catalogue
import db.price_lists
import db.promotions
import resolvers.campaigns
import resolvers.price_lists
import resolvers.promotions
from app.demo.field import Field, id_of
from domain.campaigns import Campaign
from domain.identity import Principal
from domain.promotions.audiences import Audience, AudienceKind
from domain.promotions.life import Limits, PromotionDraft
from domain.promotions.plays.nth_item import NthItemTerms
from domain.promotions.plays.reduction import ReductionTerms, ReductionTier
from domain.promotions.price_lists import PriceList
from domain.promotions.registry import BUILT_IN
from domain.promotions.scopes import Scope
from domain.promotions.terms import Promotion

_CAMPAIGN, _SECOND, _REDUCTION, _LIST = "campaign 秋茶节", "promotion 第二件半价", "promotion 满减", "price list"
_SECOND_HALF, _FOR_MEMBERS = "lianban-qianpan", "fangtang-gaiwan"
_MEMBERS_BP = 9_500
_TIERS = (ReductionTier(800_00, 50_00), ReductionTier(1_500_00, 120_00))


async def sow_offers(field: Field, operator: Principal, products: Mapping[str, UUID]) -> None:
    """Sow what is missing."""
    campaign_id = await _campaign(field, operator)
    scope = Scope(everything=False, product_ids=frozenset({products[_SECOND_HALF]}))
    second = Promotion(id_of(_SECOND), "NTH_ITEM", "莲瓣浅盘第二件半价", NthItemTerms(), scope)
    reduction = Promotion(id_of(_REDUCTION), "REDUCTION", "秋茶节满减", ReductionTerms(_TIERS))
    await _promotion(field, operator, _SECOND, PromotionDraft(second))
    await _promotion(field, operator, _REDUCTION, PromotionDraft(reduction, Limits(uses=10_000), campaign_id))
    await _price_list(field, operator, products[_FOR_MEMBERS])


async def _campaign(field: Field, operator: Principal) -> UUID:
    if not await db.campaigns.exist(field.database.reading(), [id_of(_CAMPAIGN)]):
        wanted = Campaign(resolvers.campaigns.NEW, "秋茶节", None, None, 50_000_00, field.now)
        await resolvers.campaigns.save(field.hand(_CAMPAIGN, operator), wanted)
    return id_of(_CAMPAIGN)


async def _promotion(field: Field, operator: Principal, name: str, draft: PromotionDraft) -> None:
    known = await db.promotions.promotions_by_id(field.database.reading(), BUILT_IN, [id_of(name)])
    if not known:
        hand = field.hand(name, operator)
        await resolvers.promotions.publish(hand, (await resolvers.promotions.create(hand, draft)).id)


async def _price_list(field: Field, operator: Principal, product_id: UUID) -> None:
    if await db.price_lists.plans_by_id(field.database.reading(), [id_of(_LIST)]):
        return
    variants = (await db.catalogue.variants_of(field.database.reading(), [product_id]))[product_id]
    prices = {one.id: one.price.portion(_MEMBERS_BP).minor for one in variants}
    wanted = PriceList(id_of(_LIST), "付费会员价", prices, audience=Audience(AudienceKind.PAID_CARD))
    hand = field.hand(_LIST, operator)
    await resolvers.price_lists.publish(hand, (await resolvers.price_lists.save(hand, wanted)).id)
