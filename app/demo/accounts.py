"""Sows how the stores of the sample brand settle: those that are not its own do by bills."""

from __future__ import annotations

from datetime import timedelta

import db.settlements
import resolvers.settlements
from app.demo import content
from app.demo.field import Field
from app.demo.people import Organisation
from domain.settlements import Bearer, CutOff, ProfileDraft, SettlementCycle, SettlementMode

YEAR = timedelta(days=365)
BY_CYCLE = {"DEALER": SettlementCycle.MONTHLY, "FRANCHISE": SettlementCycle.WEEKLY}


async def sow_settlements(field: Field, organisation: Organisation) -> None:
    """Say how dealers and franchisees settle, where nobody has."""
    stores = {
        organisation.units[one["slug"]]: BY_CYCLE[one["ownership"]]
        for one in content.read("brand")["store"]
        if "ownership" in one
    }
    known = await db.settlements.profiles_of(field.database.reading(), list(stores))
    for store_id, cycle in stores.items():
        if store_id in known:
            continue
        draft = ProfileDraft(
            SettlementMode.HQ_COLLECT,
            cycle,
            platform_fee_bp=200,
            commission_bearer=Bearer.STORE,
            coupon_bearer=Bearer.HQ,
            cut_off=CutOff.EVENT,
        )
        hand = field.hand(f"settlement {store_id.hex}", organisation.founder, ago=YEAR)
        await resolvers.settlements.save_profile(hand, store_id, draft, 0)
