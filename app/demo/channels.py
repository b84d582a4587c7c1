"""Sows where the sample brand's members come from: a card in each parcel, and how departments share what it brings."""

from __future__ import annotations

from datetime import timedelta

import db.channels
import resolvers.channels
import resolvers.hooks
import resolvers.splits
from app.demo.field import Field, id_of
from domain.channels import ChannelKind
from domain.hooks import HookDraft, HookGoal, HookTool, Incentive
from domain.identity import Principal
from domain.splits import SplitShare

YEAR = timedelta(days=365)
CHANNEL, HOOK, BATCH = "channel of parcels", "hook of parcels", "batch of parcels"
DEPARTMENTS = {"电商部": 3_000, "私域部": 5_000, "门店": 2_000}
PRINTED = 100


async def sow_channels(field: Field, founder: Principal) -> None:
    """Sow the channel with its hook, its printed codes and its rule, where there is none."""
    if await db.channels.channels_by_id(field.database.reading(), [id_of(CHANNEL, YEAR)]):
        return
    shares = []
    for name, bp in DEPARTMENTS.items():
        hand = field.hand(f"department {name}", founder, ago=YEAR)
        department = await resolvers.channels.save_department(hand, None, name, None)
        shares.append(SplitShare(department.id, bp))
    hand = field.hand(CHANNEL, founder, ago=YEAR)
    owner = shares[0].department_id
    channel = await resolvers.channels.open_channel(hand, ChannelKind.ECOMMERCE, "天猫旗舰店", owner)
    draft = HookDraft(
        channel.id,
        HookTool.PACKAGE_CARD,
        "茶罐里的包裹卡",
        HookGoal.REGISTER,
        "秋茶上市",
        incentive=Incentive(points=50),
    )
    hook = await resolvers.hooks.create(field.hand(HOOK, founder, ago=YEAR), draft)
    hand = field.hand(BATCH, founder, ago=YEAR)
    await resolvers.hooks.print_batch(hand, hook.id, "杭州仓一号批次", PRINTED, BATCH)
    hand = field.hand("split of parcels", founder, ago=YEAR)
    await resolvers.splits.set_rule(hand, channel.id, shares, YEAR.days, None)
