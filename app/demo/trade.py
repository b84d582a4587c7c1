"""Sows how the sample brand trades: shares and visits, coins and gifts, the room on air, paid orders."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count
from uuid import UUID

import db.attributions
import db.catalogue
import db.gifts
import db.ledger
import db.live
import db.live_products
import db.orders
import db.shares
import resolvers.bullets
import resolvers.gifts
import resolvers.live
import resolvers.live_shelves
import resolvers.orders
import resolvers.payments
import resolvers.shares
from app.demo import content
from app.demo.field import Field, id_of
from app.demo.people import Organisation, as_guide, as_member
from app.demo.pictures.paint import by_chance
from domain.gifts import GiftCard
from domain.guides import Guide
from domain.identity import Principal
from domain.ledger import coin_wallet
from domain.live import LiveRoom, ShelfItem
from domain.live_video import VideoSource
from domain.money import Money
from domain.orders import CartLine, Order, OrderState
from domain.placing import Wish
from domain.room_events import BulletMode, LiveRoomState
from domain.shares import Share, ShareChannel, ShareDraft, TargetKind
from resolvers.live import Plan
from resolvers.payments import Paying

RICH = 40
"""So many members hold coins."""
BUYERS = 14
_COLOURS = ("#ffffff", "#ffd37a", "#9fe3c4", "#ffb3a7", None)


async def sow_shares(field: Field, guides: dict[str, Guide], products: dict[str, UUID]) -> list[Share]:
    """Let every guide pass on a few things."""
    sharers, slugs = list(guides.values()), list(products)
    shares = []
    for number, guide in enumerate(sharers):
        wanted = [
            ShareDraft(TargetKind.GUIDE, guide.id, ShareChannel.POSTER),
            ShareDraft(TargetKind.STORE, guide.store_id, ShareChannel.GROUP),
            ShareDraft(TargetKind.PRODUCT, products[slugs[number * 5]], ShareChannel.MOMENTS),
        ]
        shares += [await _share(field, guide, draft) for draft in wanted]
    return shares


async def sow_forwards(field: Field, shares: list[Share], members: list[UUID]) -> list[Share]:
    """Let members forward what two guides shared, and others what these forwarded."""
    forwards, origins = [], shares[:2]
    for generation in range(2):
        origins = [
            await _forward(field, origin, members[20 + 2 * generation + number], f"forward {generation} {number}")
            for number, origin in enumerate(origins)
        ]
        forwards += origins
    return forwards


async def _forward(field: Field, origin: Share, member_id: UUID, name: str) -> Share:
    draft = ShareDraft(origin.target_kind, origin.target_id, ShareChannel.CHAT)
    return await _passed_on(field, as_member(member_id), name, draft, timedelta(days=100), origin.code)


async def _share(field: Field, guide: Guide, draft: ShareDraft) -> Share:
    name = f"share {guide.display_name} {draft.target_kind.value}"
    return await _passed_on(field, as_guide(guide), name, draft, timedelta(days=190))


async def _passed_on(
    field: Field, who: Principal, name: str, draft: ShareDraft, ago: timedelta, origin: str | None = None
) -> Share:
    key = id_of(name, ago)
    kept = (await db.shares.shares_by_id(field.database.reading(), [key])).get(key)
    if kept is not None:
        return kept
    return (await resolvers.shares.create(field.hand(name, who, ago=ago), draft, origin))[0]


async def sow_visits(field: Field, shares: list[Share], members: list[UUID]) -> None:
    """Let members open what was shared, where nobody has."""
    funnels = await db.attributions.funnels_of(field.database.reading(), [share.id for share in shares])
    for number, share in enumerate(shares):
        if share.id in funnels and funnels[share.id].visits:
            continue
        for visitor in range(2 + by_chance(share.code, 5)):
            member_id = members[by_chance(f"{share.code} {visitor}", len(members))]
            hand = field.hand(f"visit {number} {visitor}", as_member(member_id), ago=timedelta(hours=20 * visitor))
            await resolvers.shares.visit(hand, share.code, f"visitor-{visitor}")


async def sow_gifts(field: Field) -> dict[str, UUID]:
    """Sow what can be given to a host, by code."""
    known = {gift.code: gift.id for gift in await db.gifts.gifts(field.database.reading())}
    offered = content.read("brand")["gift"]
    async with field.database.writing() as tx:
        for position, said in enumerate(offered):
            if said["code"] not in known:
                known[said["code"]] = id_of(f"gift {said['code']}")
                icon = f"/media/gifts/{said['code']}.svg"
                card = GiftCard(known[said["code"]], said["code"], said["name"], icon, said["coins"])
                await db.gifts.save_gift(tx, card, position)
    return known


async def sow_coins(field: Field, organisation: Organisation, members: list[UUID]) -> None:
    """Put coins into the wallets of some, where there are none."""
    rich = members[:RICH]
    balances = await db.ledger.balances_of(field.database.reading(), [coin_wallet(one) for one in rich])
    cashier = as_member(organisation.staff["cashier"])
    for number, member_id in enumerate(rich):
        if balances[coin_wallet(member_id)] == 0:
            coins = 8_888 if number == 0 else 500 + by_chance(f"coins {number}", 1_500)
            hand = field.hand(f"coins {number}", cashier)
            await resolvers.gifts.grant_coins(hand, member_id, coins, "开塘礼", f"banmu {field.now:%Y%m%d} {number}")


async def sow_room(
    field: Field, guides: dict[str, Guide], products: dict[str, UUID], members: list[UUID], gifts: dict[str, UUID]
) -> LiveRoom:
    """Find the host's room on air, or start one and let it be lively."""
    said = content.read("brand")["room"]
    host = guides[said["host"]]
    for number in count(1):
        room = await db.live.find(field.database.reading(), id_of(f"room {number}"))
        if room is None:
            return await _start(field, host, f"room {number}", products, members, gifts)
        if room.is_open:
            return room if room.state is LiveRoomState.LIVE else await _resume(field, host, room)
    raise AssertionError("one can count on")


async def _resume(field: Field, host: Guide, room: LiveRoom) -> LiveRoom:
    return await resolvers.live.move(field.hand("resume", as_guide(host)), room.id, LiveRoomState.LIVE)


async def _start(
    field: Field,
    host: Guide,
    name: str,
    products: dict[str, UUID],
    members: list[UUID],
    gifts: dict[str, UUID],
) -> LiveRoom:
    said = content.read("brand")["room"]
    hand = field.hand(name, as_guide(host))
    variants = await db.catalogue.variants_of(hand.reading, [products[slug] for slug, *_ in said["shelf"]])
    items = [
        ShelfItem(first.id, Money(price), stock, limit or None)
        for slug, price, most, limit in said["shelf"]
        if (stock := min(most, (first := variants[products[slug]][0]).available)) > 0
    ]
    room, _ = await resolvers.live.start(
        hand,
        said["title"],
        "/media/rooms/yehua.svg",
        items,
        f"banmu {name}",
        Plan(VideoSource.NONE, may_be_mirrored=True),
    )
    (shelf,) = await resolvers.live_shelves.shelves_of(hand, [room])
    if shelf:
        await resolvers.live_shelves.pin(field.hand(f"{name} pin", as_guide(host)), shelf[0].id)
    await _greet(field, room, name, members, gifts)
    return room


async def _greet(field: Field, room: LiveRoom, name: str, members: list[UUID], gifts: dict[str, UUID]) -> None:
    """The first words and gifts of those who came early."""
    for number, text in enumerate(content.read("brand")["room"]["bullets"]):
        hand = field.hand(f"{name} bullet {number}", as_member(members[3 + number]))
        await resolvers.bullets.send(hand, room.id, text, _COLOURS[number % len(_COLOURS)], BulletMode.SCROLL)
    for number, (code, many) in enumerate((("tea", 3), ("heart", 9), ("lotus", 1), ("tea", 1), ("koi", 1))):
        hand = field.hand(f"{name} gift {number}", as_member(members[4 + number]))
        await resolvers.gifts.give(hand, room.id, gifts[code], many, f"banmu {name} {number}")


async def sow_orders(field: Field, room: LiveRoom, members: list[UUID]) -> list[UUID]:
    """Let members who have a guide buy and pay, so that there are commissions."""
    buyers = [number for number in range(len(members)) if number % 4][:BUYERS]
    ids = [id_of(f"order {number}") for number in buyers]
    known = await db.orders.orders_by_id(field.database.reading(), ids)
    if all(id_ in known for id_ in ids):
        return ids
    variants = await on_sale(field)
    buying = [
        _buy(field, room, members[number], f"order {number}", variants[number * 7 % len(variants)])
        for number, id_ in zip(buyers, ids, strict=True)
        if id_ not in known
    ]
    await asyncio.gather(*buying)
    await field.bank.all_told()
    return ids


async def on_sale(field: Field) -> list[UUID]:
    """The first variant of every product that everybody may buy."""
    said = [one for one in content.read("products")["product"] if not one.get("members_only")]
    ids = [id_of(f"product {one['slug']}") for one in said]
    found = await db.catalogue.variants_of(field.database.reading(), ids)
    return [found[id_][0].id for id_ in ids]


async def _buy(field: Field, room: LiveRoom, member_id: UUID, name: str, variant_id: UUID) -> Order:
    hand = field.hand(name, as_member(member_id))
    live = by_chance(name, 3) == 0
    wish = Wish((CartLine(variant_id, 1 + by_chance(name, 2)),), room.id if live else None)
    order = (await resolvers.orders.place(hand, wish, f"banmu {name}")).order
    if order.state is OrderState.PLACED:
        payment = (await resolvers.payments.pay(hand, Paying(order.id, f"banmu pay {name}"))).payment
        assert payment is not None, "nothing in the sample brand is free"
        assert payment.confirm_url is not None, "the bank said where to confirm"
        await field.client.post(payment.confirm_url)
    return order
