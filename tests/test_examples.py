"""Every document in examples/ runs against the sample brand, and every public capability is in one of them.

The header of a document may say who runs it (`# as: visitor | member | guide | another-guide | staff`; otherwise the least
that its fields ask for) and that it is to be refused (`# refused: CODE`). Variables stand beside it as JSON, or are well-known names.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

import db.catalogue
import db.comments
import db.group_buys
import db.guides
import db.stores
import db.tags
import resolvers.bullets
import resolvers.coupon_templates
import resolvers.draws
import resolvers.gift_card_batches
import resolvers.live
import resolvers.membership_cards
import resolvers.red_packets
import resolvers.room_rules
import resolvers.service_figures
from app.demo.channels import CHANNEL, HOOK, YEAR
from app.demo.coupons import LOTTERY, OFFER
from app.demo.field import id_of as sown_id
from app.demo.people import as_guide, as_member
from app.demo.plays import BARGAIN, GROUP_BUY, SECKILL
from app.demo.plays import OFFER as BARGAIN_OFFER
from app.demo.sow import Sown, sow
from db.connection import Database
from domain.content import Reader
from domain.gift_cards import GiftCardBatch
from domain.guides import GuideStatus
from domain.identity import VISITOR, Principal, scopes_of
from domain.money import COIN, Money
from domain.pages import page_request
from domain.red_packets import RedPacketTerms
from domain.room_events import BulletMode
from domain.sponsors import Sponsor
from resolvers.membership_cards import CardBatch
from schema.ids import Kind, id_of, key_of
from tests.databases import Databases, administer, named
from tests.makers_carts import a_cart
from tests.makers_draws import entered, prepared
from tests.makers_fulfilment import RECEIVE, sent
from tests.makers_guides import a_guide
from tests.makers_live import coins
from tests.makers_members import code_sent_to, wx_code
from tests.makers_payments import begun, confirm, refund, send_refunds
from tests.makers_plays import group_of, in_group, placed
from tests.makers_promotions import OFF_20, a_draft, a_promotion
from tests.makers_shelves import paid
from tests.makers_webhooks import near
from tests.makers_withdrawals import taken_out, terms
from tests.pond import Pond, the_schema

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.graphql"))
PHONE = "13812345678"
GUIDES, STAFFED = {"GUIDE"}, {"STAFF", "OPERATOR", "CONTENT", "MODERATOR", "STORE_MANAGER", "FINANCE"}


@pytest.fixture(scope="session")
async def brands(postgres: str, template: str) -> AsyncIterator[tuple[Databases, Sown]]:
    """Databases with the sample brand, one for each example, and what was sown."""
    name = "template_brand"
    await administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    database = await Database.connect(named(postgres, name))
    told = await sow(database, wechat_app_id="wx-app")
    await database.close()
    copies = Databases(postgres, name)
    await copies.prepare()
    yield copies, told
    await copies.close()


@pytest.fixture
async def brand(brands: tuple[Databases, Sown]) -> AsyncIterator[Brand]:
    copies, sown = brands
    async with copies.one() as dsn, copies.opened(dsn) as database:
        pond = Pond(database)
        pond.time = datetime.now(UTC)
        near(pond)
        yield Brand(pond, sown)


class Brand:
    """The sample brand in a pond, and the well-known names of what is in it."""

    def __init__(self, pond: Pond, sown: Sown) -> None:
        self.pond, self.sown = pond, sown
        self.sown_at = pond.time
        self.member = as_member(sown.members[0])
        self._carts: dict[Principal, tuple[str, str]] = {}
        self._paid: tuple[str, str] | None = None

    async def principal(self, role: str) -> Principal:
        if role in ("guide", "another-guide"):
            guides = self.sown.guides
            other = next(name for name in guides if name != self.sown.host)
            return as_guide(guides[self.sown.host if role == "guide" else other])
        if role == "staff":
            member_id = self.sown.staff["operator"]
            duties = await db.stores.duties_of(self.pond.database.reading(), member_id)
            scopes = scopes_of(member=True, active_guide=False, duties=duties)
            return Principal(member_id, duties=duties, scopes=scopes)
        return {"visitor": VISITOR, "member": self.member}[role]

    async def variant_id(self, slug: str = "fangtang-gaiwan") -> str:
        found = await db.catalogue.variants_of(self.pond.database.reading(), [self.sown.products[slug]])
        return id_of(Kind.VARIANT, found[self.sown.products[slug]][0].id)

    async def kept(self, name: str) -> str:
        """The id of what another example saves."""
        example = Example(name)
        data = await self.pond.ask(example.text, await self.principal("staff"), **await example.variables(self))
        ((payload,),) = [tuple(data.values())]
        return str(next(part["id"] for part in payload.values() if isinstance(part, dict)))

    async def own(self, kind: Kind, query: str) -> str:
        """The id of what a query finds first."""
        return id_of(kind, (await self.pond.select(query))[0][0])

    async def hook_code(self) -> str:
        """A code that was printed on a card."""
        (row,) = await self.pond.select("SELECT code FROM hook_code WHERE batch_id IS NOT NULL LIMIT 1")
        return str(row["code"])

    async def a_list_in_force(self) -> str:
        list_id = await self.kept("price_lists/price-list-save")
        publish = Example("price_lists/price-list-publish").text
        await self.pond.ask(publish, await self.principal("staff"), priceListId=list_id)
        return list_id

    async def group_id(self, *, own: bool = False) -> str:
        """A group that fills: the one that was sown, or one that the member begins and pays for."""
        if own:
            activity = (
                await db.group_buys.group_buys_by_id(self.pond.database.reading(), [sown_id(GROUP_BUY)])
            ).popitem()[1]
            variant_id = activity.terms.prices[0].variant_id
            order = await placed(self.pond, self.member, variant_id, in_group(activity))
            await paid(self.pond, order, self.member)
            return id_of(Kind.BUYING_GROUP, await group_of(self.pond, order))
        document = "{ groupBuys(first: 1) { nodes { groups { id } } } }"
        found = await self.pond.ask(document)
        return str(found["groupBuys"]["nodes"][0]["groups"][0]["id"])

    async def comment_id(self) -> str:
        posts = [self.sown.posts["longjing-sishi-nian"]]
        (page,) = await db.comments.threads_of(
            self.pond.database.reading(), Reader(), posts, page_request(1, None, None, None)
        )
        return id_of(Kind.COMMENT, page.nodes[0].id)

    async def live_product_id(self) -> str:
        document = "query($id: ID!) { liveRoom(id: $id) { shelf { id } } }"
        room = await self.pond.ask(document, id=id_of(Kind.LIVE_ROOM, self.sown.room_id))
        return str(room["liveRoom"]["shelf"][1]["id"])

    async def placed_order_id(self) -> str:
        document = """mutation($v: ID!, $k: String!) {
            orderPlace(input: { lines: [{ variantId: $v, quantity: 1 }], idempotencyKey: $k }) { order { id } } }"""
        placed = await self.pond.ask(document, self.member, v=await self.variant_id(), k=uuid4().hex)
        return str(placed["orderPlace"]["order"]["id"])

    async def paid_order(self) -> tuple[str, str]:
        """A paid order of the member's, and its line; the same for all that an example asks of it."""
        if self._paid is None:
            order_id = await self.placed_order_id()
            await confirm(self.pond, await begun(self.pond, self.member, order_id))
            found = await self.pond.ask(
                "query ($id: ID!) { order(id: $id) { lines { id } } }", self.member, id=order_id
            )
            self._paid = order_id, str(found["order"]["lines"][0]["id"])
        return self._paid

    async def paid_order_id(self) -> str:
        return (await self.paid_order())[0]

    async def paid_line_id(self) -> str:
        return (await self.paid_order())[1]

    async def sent_order_id(self) -> str:
        order_id = await self.paid_order_id()
        await sent(self.pond, order_id, by=await self.principal("staff"))
        return order_id

    async def shipment_id(self) -> str:
        document = "query ($id: ID!) { order(id: $id) { shipments { id } } }"
        found = await self.pond.ask(document, self.member, id=await self.sent_order_id())
        return str(found["order"]["shipments"][0]["id"])

    async def pick_up_number(self) -> str:
        """The number of a paid order that is to be fetched from a store."""
        order_id = await self.paid_order_id()
        await self.pond.select(
            "UPDATE \"order\" SET delivery = 'PICK_UP', pick_up_store_id = $2, address = NULL WHERE id = $1",
            key_of(Kind.ORDER, order_id),
            self.sown.units["xihu"],
        )
        found = await self.pond.ask("query ($id: ID!) { order(id: $id) { number } }", self.member, id=order_id)
        return str(found["order"]["number"])

    async def received_line_id(self) -> str:
        """The line of a paid order of the member's that has arrived."""
        order_id, line_id = await self.paid_order()
        await sent(self.pond, order_id, by=await self.principal("staff"))
        await self.pond.ask(RECEIVE, self.member, id=order_id)
        return line_id

    async def review_id(self) -> str:
        text = (FOLDER / "reviews/review-add.graphql").read_text()
        added = await self.pond.ask(text, self.member, receivedLineId=await self.received_line_id())
        return str(added["reviewAdd"]["review"]["id"])

    async def invoice_id(self) -> str:
        text = (FOLDER / "invoices/invoice-request.graphql").read_text()
        asked = await self.pond.ask(text, self.member, paidOrderId=await self.paid_order_id())
        return str(asked["invoiceRequest"]["invoice"]["id"])

    async def complaint_id(self, *, resolved: bool = False) -> str:
        """A complaint of the member's; one that is resolved waits to be closed or opened again."""
        text = (FOLDER / "complaints/complaint-open.graphql").read_text()
        about = await NAMES["activeGuideId"](self)
        opened = await self.pond.ask(text, self.member, activeGuideId=about)
        key = str(opened["complaintOpen"]["complaint"]["id"])
        if resolved:
            text = (FOLDER / "complaints/complaint-resolve.graphql").read_text()
            await self.pond.ask(text, await self.principal("staff"), complaintId=key)
        return key

    async def payment_id(self) -> str:
        return str((await begun(self.pond, self.member, await self.placed_order_id()))["id"])

    async def failed_refund_id(self) -> str:
        """A refund that the provider has closed."""
        self.pond.bank.refunds_take_time = True
        given = await refund(self.pond, await self.paid_order_id(), by=await self.principal("staff"), amount=1)
        refund_id = str(given["refunds"][0]["id"])
        await send_refunds(self.pond)
        self.pond.bank.finish_refund(key_of(Kind.REFUND, refund_id).hex, "CLOSED")
        await self.pond.bank.all_told()
        return refund_id

    async def shared_payment_id(self) -> str:
        """A payment by WeChat of which others may get parts."""
        self.pond.services.rules = replace(self.pond.services.rules, shares_profit=True)
        order_id = await self.placed_order_id()
        payment = await begun(self.pond, self.member, order_id, method="WECHAT_NATIVE")
        self.pond.wechat_pay.pay(key_of(Kind.PAYMENT, payment["id"]).hex)
        await self.pond.wechat_pay.all_told()
        return str(payment["id"])

    async def after_sale_id(self, *steps: str, received: bool = False) -> str:
        """An after-sale of the member's, after these steps; of goods that were received, if it is said so."""
        order_id, line = await self.paid_order()
        if received:
            await self.pond.select(
                "UPDATE \"order\" SET state = 'RECEIVED', shipped_at = $2, received_at = $2 WHERE id = $1",
                key_of(Kind.ORDER, order_id),
                self.pond.time,
            )
        text = (FOLDER / "after_sales/after-sale-apply.graphql").read_text()
        text = text.replace("REFUND_ONLY", "RETURN_REFUND") if received else text
        given = {"paidOrderId": order_id, "paidLineId": line, "key": uuid4().hex}
        applied = await self.pond.ask(text, self.member, **given)
        after_sale_id = str(applied["afterSaleApply"]["afterSale"]["id"])
        for step in steps:
            who = self.member if step == "ship-back" else await self.principal("staff")
            text = (FOLDER / f"after_sales/after-sale-{step}.graphql").read_text()
            await self.pond.ask(text, who, afterSaleId=after_sale_id)
        return after_sale_id

    async def cart_id(self, principal: Principal = VISITOR) -> str:
        """A cart with something in it, one for each caller."""
        if principal not in self._carts:
            made = await a_cart(self.pond, principal, await self._variant())
            self._carts[principal] = (made["id"], made["lines"][0]["id"])
        return self._carts[principal][0]

    async def cart_line_id(self) -> str:
        await self.cart_id()
        return self._carts[VISITOR][1]

    async def _variant(self) -> UUID:
        return key_of(Kind.VARIANT, await self.variant_id())

    async def address_id(self) -> str:
        text = (FOLDER / "members/address-save.graphql").read_text()
        given = json.loads((FOLDER / "members/address-save.json").read_text())
        return str((await self.pond.ask(text, self.member, **given))["addressSave"]["address"]["id"])

    async def phone_code(self) -> str:
        document = "mutation($p: String!) { phoneCodeRequest(input: { phone: $p }) { sent } }"
        await self.pond.ask(document, p=PHONE)
        return await code_sent_to(self.pond, f"+86{PHONE}")

    async def announced_room_id(self) -> str:
        """A room of the host's that begins tomorrow."""
        document = """mutation($at: DateTime!) {
            liveRoomSchedule(input: { title: "周五夜话", scheduledAt: $at }) { liveRoom { id } } }"""
        at = (self.pond.time + timedelta(days=1)).isoformat()
        announced = await self.pond.ask(document, await self.principal("guide"), at=at)
        return str(announced["liveRoomSchedule"]["liveRoom"]["id"])

    async def call_to_action_id(self) -> str:
        """A card that the host shows."""
        text = (FOLDER / "live/live-call-to-action-show.graphql").read_text()
        room_id = id_of(Kind.LIVE_ROOM, self.sown.room_id)
        shown = await self.pond.ask(text, await self.principal("guide"), liveRoomId=room_id)
        return str(shown["liveCallToActionShow"]["callToAction"]["id"])

    async def waiting_bullet_id(self) -> str:
        """A comment that waits for review in the room on air."""
        host, room_id = await self.principal("guide"), self.sown.room_id
        ctx = self.pond.context(host)
        await resolvers.room_rules.set_rules(ctx, room_id, muted=None, slow_mode_s=None, reviewed=True)
        event, _ = await resolvers.bullets.send(
            self.pond.context(self.member), room_id, "好香", None, BulletMode.SCROLL
        )
        return id_of(Kind.BULLET_COMMENT, event.comment.id)

    async def handover_id(self) -> str:
        """A handover of 顾青禾's customers, of whom the member is one."""
        text = (FOLDER / "bindings/binding-transfer.graphql").read_text()
        guide = id_of(Kind.GUIDE, self.sown.guides["顾青禾"].id)
        given = {"memberId": id_of(Kind.MEMBER, self.sown.members[0]), "toGuideId": guide}
        await self.pond.ask(text, await self.principal("staff"), **given)
        self.pond.later(minutes=1)
        text = (FOLDER / "handovers/handover-create.graphql").read_text()
        given = {name: await NAMES[name](self) for name in ("fromGuideId", "toGuideId", "at")}
        made = await self.pond.ask(text, await self.principal("staff"), **given)
        return str(made["handoverCreate"]["handover"]["id"])

    async def external_user_id(self) -> str:
        """Of somebody who added a guide on WeCom."""
        await self.kept("contacts/guide-contact-add")
        return "wmqfasd1e19278asdasdAAAA"

    async def refresh_token(self) -> str:
        document = """mutation($c: String!) {
            memberLoginByWechat(input: { code: $c }) { tokens { refreshToken } } }"""
        data = await self.pond.ask(document, c=await wx_code(self.pond, "someone"))
        return str(data["memberLoginByWechat"]["tokens"]["refreshToken"])

    async def reward_id(self) -> str:
        text = (FOLDER / "gifts/gift-send.graphql").read_text().replace("reward {", "reward { id", 1)
        given = {name: await NAMES[name](self) for name in ("liveRoomId", "giftId", "key")}
        return str((await self.pond.ask(text, self.member, **given))["giftSend"]["reward"]["id"])

    async def own_draft_id(self) -> str:
        """A draft of the host's."""
        document = """mutation($input: PostSaveInput!) { postSave(input: $input) { post { id } } }"""
        given = json.loads((FOLDER / "content/post-save.json").read_text())
        saved = await self.pond.ask(document, await self.principal("guide"), **given)
        return str(saved["postSave"]["post"]["id"])

    async def draw_id(self, *, opened: bool = True, drawn: bool = False) -> str:
        """A draw of the host's; one that is drawn was won by the member."""
        host = await self.principal("guide")
        room = await resolvers.live.room(self.pond.context(), self.sown.room_id)
        assert room is not None
        draw = await prepared(self.pond, host, room)
        if opened:
            await resolvers.draws.open_(self.pond.context(host), draw.id)
        if drawn:
            await entered(self.pond, draw, self.member)
            await resolvers.draws.close(self.pond.context(host), draw.id)
        return id_of(Kind.DRAW, draw.id)

    async def red_packet_id(self) -> str:
        """A red packet that the brand has offered."""
        terms = RedPacketTerms(Sponsor.BRAND, Money(88, COIN), 8, "夜话快乐", countdown_minutes=0)
        ctx = self.pond.context(await self.principal("staff"))
        packet, _ = await resolvers.red_packets.offer(ctx, self.sown.room_id, terms, uuid4().hex)
        return id_of(Kind.RED_PACKET, packet.id)

    async def red_packet_room_id(self) -> str:
        """The room on air, whose host holds coins."""
        await coins(self.pond, await self.principal("guide"), 88)
        return id_of(Kind.LIVE_ROOM, self.sown.room_id)

    async def tag_id(self) -> str:
        (group, *_) = await db.tags.groups(self.pond.database.reading())
        return id_of(Kind.TAG, group.tags[0].id)

    async def membership_card(self) -> str:
        """The code of a card that nobody has activated."""
        return (await self._membership_cards()).codes[0]

    async def membership_cards_id(self) -> str:
        return id_of(Kind.MEMBERSHIP_CARDS, (await self._membership_cards()).id)

    async def _membership_cards(self) -> CardBatch:
        ctx = self.pond.context(await self.principal("staff"))
        until = self.pond.time + timedelta(days=30)
        plan_id = self.sown.plans["month"]
        return (await resolvers.membership_cards.issue(ctx, plan_id, 1, until, "", uuid4().hex))[0]

    async def gift_card(self) -> str:
        """The code of a card that nobody has bound."""
        batch = await self._gift_cards()
        await resolvers.gift_card_batches.activate(self.pond.context(await self.principal("staff")), batch.id)
        return batch.codes[0]

    async def gift_cards_id(self) -> str:
        return id_of(Kind.GIFT_CARD_BATCH, (await self._gift_cards()).id)

    async def _gift_cards(self) -> GiftCardBatch:
        ctx = self.pond.context(await self.principal("staff"))
        until = self.pond.time + timedelta(days=30)
        return (await resolvers.gift_card_batches.issue(ctx, Money(100_00), 1, until, "", uuid4().hex))[0]

    async def own_coupon_id(self) -> str:
        coupon = "query { me { coupons(first: 1) { nodes { id } } } }"
        return str((await self.pond.ask(coupon, self.member))["me"]["coupons"]["nodes"][0]["id"])

    async def coupon_code(self) -> str:
        """A code that nobody has redeemed."""
        ctx = self.pond.context(await self.principal("staff"))
        codes, _ = await resolvers.coupon_templates.issue_codes(ctx, self.sown.coupons["code"], 1, None, uuid4().hex)
        return codes[0]

    async def coupon_draft_id(self) -> str:
        """A kind of coupon that waits to be published."""
        text = (FOLDER / "coupons/coupon-template-save.graphql").read_text()
        given = json.loads((FOLDER / "coupons/coupon-template-save.json").read_text())
        saved = await self.pond.ask(text, await self.principal("staff"), **given)
        return str(saved["couponTemplateSave"]["couponTemplate"]["id"])

    async def lead_id(self) -> str:
        """A lead in the operator's hands."""
        staff = await self.principal("staff")
        await self.pond.ask(Example("leads/lead-create").text, self.member)
        (lead,) = (await self.pond.ask("{ leads(first: 1) { nodes { id } } }", staff))["leads"]["nodes"]
        given = {"leadId": lead["id"], "managerId": id_of(Kind.MEMBER, self.sown.staff["operator"])}
        await self.pond.ask(Example("leads/lead-assign").text, staff, **given)
        return str(lead["id"])

    async def settling_store_id(self) -> str:
        """A dealer's store that sold something on days that are over."""
        await self.pond.project()
        self.pond.later(days=2)
        return id_of(Kind.STORE, self.sown.units["pingjiang"])

    async def bill_id(self, *steps: str) -> str:
        """A bill that finance has made, and that went on by these steps."""
        given = {"storeId": await self.settling_store_id(), "firstDay": a_day(self.sown_at, -30)}
        staff, wanted = await self.principal("staff"), given | {"lastDay": a_day(self.sown_at)}
        answer = await self.pond.ask(Example("stores/settlement-bill-make").text, staff, **wanted)
        bill_id = str(answer["settlementBillMake"]["bill"]["id"])
        for step in steps:
            await self.pond.ask(Example(f"stores/settlement-bill-{step}").text, staff, billId=bill_id)
        return bill_id

    async def withdrawal_id(self) -> str:
        """What the host wants to take out, and finance has to approve."""
        terms(self.pond, approved_up_to=0)
        return str((await taken_out(self.pond, await self.principal("guide"), 2_00))["id"])

    async def task_id(self) -> str:
        document = "{ guideTasks(first: 1) { nodes { id } } }"
        found = await self.pond.ask(document, await self.principal("staff"))
        return str(found["guideTasks"]["nodes"][0]["id"])

    async def assignment_id(self) -> str:
        document = "{ myTasks(first: 1) { nodes { id } } }"
        found = await self.pond.ask(document, await self.principal("guide"))
        return str(found["myTasks"]["nodes"][0]["id"])

    async def evidence_id(self) -> str:
        text = (FOLDER / "tasks/task-evidence-submit.graphql").read_text()
        given = {"assignmentId": await self.assignment_id()}
        return str(
            (await self.pond.ask(text, await self.principal("guide"), **given))["taskEvidenceSubmit"]["evidence"]["id"]
        )

    async def alert_id(self) -> str:
        """An alert about a guide whom somebody has complained about a day ago."""
        await self.complaint_id()
        self.pond.later(hours=25)
        await resolvers.service_figures.alert_managers(self.pond.context())
        document = "{ serviceAlerts(first: 1) { nodes { id } } }"
        found = await self.pond.ask(document, await self.principal("staff"))
        return str(found["serviceAlerts"]["nodes"][0]["id"])

    async def another_guide(self, change: str) -> str:
        """A guide of the brand's who is, or became, something else."""
        guide_id = self.sown.guides["顾青禾"].id
        await self.pond.select(f"UPDATE guide SET {change} WHERE id = $1", guide_id)
        return id_of(Kind.GUIDE, guide_id)

    async def tier_id(self) -> str:
        (tier, *_) = await db.guides.tiers(self.pond.database.reading())
        return id_of(Kind.GUIDE_TIER, tier.id)

    async def version_of_guide(self, name: str) -> int:
        guide_id = self.sown.guides[name].id
        return (await db.guides.guides_by_id(self.pond.database.reading(), [guide_id]))[guide_id].version

    async def applicant_id(self) -> str:
        store = self.sown.units["xihu"]
        applied = await a_guide(self.pond, "小禾", store_id=store, status=GuideStatus.APPLIED)
        found = await self.pond.select("SELECT id FROM guide WHERE member_id = $1", applied.member_id)
        return id_of(Kind.GUIDE, found[0][0])


def a_day(at: datetime, later: int = 0) -> str:
    """A day of the brand's calendar, so many days later than a time."""
    return (at + timedelta(hours=8, days=later)).date().isoformat()


def known(make: Callable[[Brand], Any]) -> Callable[[Brand], Awaitable[Any]]:
    async def give(brand: Brand) -> Any:
        return make(brand)

    return give


NAMES: dict[str, Callable[[Brand], Awaitable[Any]]] = {
    "key": known(lambda _: uuid4().hex),
    "slug": known(lambda _: "fangtang-gaiwan"),
    "text": known(lambda _: "写得真好"),
    "phone": known(lambda _: PHONE),
    "displayName": known(lambda _: "小周"),
    "decision": known(lambda _: "APPROVED"),
    "expectedVersion": known(lambda _: 1),
    "bulletSeq": known(lambda _: 1),
    "after": known(lambda _: 0),
    "at": known(lambda brand: (brand.pond.time + timedelta(days=2)).isoformat()),
    "code": known(lambda brand: brand.sown.shares[0].code),
    "shareCode": known(lambda brand: brand.sown.guides[brand.sown.host].share_code),
    "target": known(lambda brand: id_of(Kind.PRODUCT, brand.sown.products["fangtang-gaiwan"])),
    "productId": known(lambda brand: id_of(Kind.PRODUCT, brand.sown.products["fangtang-gaiwan"])),
    "postId": known(lambda brand: id_of(Kind.POST, brand.sown.posts["longjing-sishi-nian"])),
    "storeId": known(lambda brand: id_of(Kind.STORE, brand.sown.units["xihu"])),
    "unitId": known(lambda brand: id_of(Kind.ORG_UNIT, brand.sown.units["xihu"])),
    "parentId": known(lambda brand: id_of(Kind.ORG_UNIT, brand.sown.units["jiangnan"])),
    "memberId": known(lambda brand: id_of(Kind.MEMBER, brand.sown.members[9])),
    "liveRoomId": known(lambda brand: id_of(Kind.LIVE_ROOM, brand.sown.room_id)),
    "giftId": known(lambda brand: id_of(Kind.GIFT, brand.sown.gifts["heart"])),
    "locationId": known(lambda brand: id_of(Kind.STOCK_LOCATION, brand.sown.places.south)),
    "shippingTemplateId": known(lambda brand: id_of(Kind.SHIPPING_TEMPLATE, brand.sown.places.template)),
    "firstDay": known(lambda brand: a_day(brand.sown_at, -30)),
    "lastDay": known(lambda brand: a_day(brand.sown_at)),
    "billId": lambda brand: brand.bill_id(),
    "leadId": lambda brand: brand.lead_id(),
    "withdrawalId": lambda brand: brand.withdrawal_id(),
    "managerId": known(lambda brand: id_of(Kind.MEMBER, brand.sown.staff["operator"])),
    "variantId": lambda brand: brand.variant_id(),
    "otherVariantId": lambda brand: brand.variant_id("lianban-qianpan"),
    "commentId": lambda brand: brand.comment_id(),
    "liveProductId": lambda brand: brand.live_product_id(),
    "placedOrderId": lambda brand: brand.placed_order_id(),
    "paidOrderId": lambda brand: brand.paid_order_id(),
    "paidLineId": lambda brand: brand.paid_line_id(),
    "receivedLineId": lambda brand: brand.received_line_id(),
    "sentOrderId": lambda brand: brand.sent_order_id(),
    "shipmentId": lambda brand: brand.shipment_id(),
    "pickUpNumber": lambda brand: brand.pick_up_number(),
    "reviewId": lambda brand: brand.review_id(),
    "invoiceId": lambda brand: brand.invoice_id(),
    "complaintId": lambda brand: brand.complaint_id(),
    "webhookEndpointId": lambda brand: brand.kept("webhooks/webhook-endpoint-save"),
    "paymentId": lambda brand: brand.payment_id(),
    "failedRefundId": lambda brand: brand.failed_refund_id(),
    "sharedPaymentId": lambda brand: brand.shared_payment_id(),
    "afterSaleId": lambda brand: brand.after_sale_id(),
    "addressId": lambda brand: brand.address_id(),
    "guideId": lambda brand: brand.applicant_id(),
    "taskId": lambda brand: brand.task_id(),
    "assignmentId": lambda brand: brand.assignment_id(),
    "evidenceId": lambda brand: brand.evidence_id(),
    "alertId": lambda brand: brand.alert_id(),
    "inviterId": known(lambda brand: id_of(Kind.GUIDE, brand.sown.guides["顾青禾"].id)),
    "fromGuideId": known(lambda brand: id_of(Kind.GUIDE, brand.sown.guides["顾青禾"].id)),
    "toGuideId": known(lambda brand: id_of(Kind.GUIDE, brand.sown.guides[brand.sown.host].id)),
    "handoverId": lambda brand: brand.handover_id(),
    "externalUserId": lambda brand: brand.external_user_id(),
    "activeGuideId": known(lambda brand: id_of(Kind.GUIDE, brand.sown.guides["顾青禾"].id)),
    "rateId": lambda brand: brand.kept("commissions/commission-rate-set"),
    "contractId": lambda brand: brand.kept("commissions/commission-contract-sign"),
    "anchorId": lambda brand: brand.another_guide("kind = 'ANCHOR'"),
    "leftGuideId": lambda brand: brand.another_guide("status = 'LEFT'"),
    "tierId": lambda brand: brand.tier_id(),
    "version": lambda brand: brand.version_of_guide("顾青禾"),
    "bountyRuleId": lambda brand: brand.kept("bounties/bounty-rule-set"),
    "bonusPlanId": lambda brand: brand.kept("bonuses/bonus-plan-set"),
    "ownDraftId": lambda brand: brand.own_draft_id(),
    "refreshToken": lambda brand: brand.refresh_token(),
    "callToActionId": lambda brand: brand.call_to_action_id(),
    "drawId": lambda brand: brand.draw_id(),
    "redPacketId": lambda brand: brand.red_packet_id(),
    "rewardId": lambda brand: brand.reward_id(),
    "cartId": lambda brand: brand.cart_id(),
    "cartLineId": lambda brand: brand.cart_line_id(),
    "planId": known(lambda brand: id_of(Kind.MEMBERSHIP_PLAN, brand.sown.plans["month"])),
    "tagId": lambda brand: brand.tag_id(),
    "bulletCommentId": lambda brand: brand.waiting_bullet_id(),
    "promotionId": lambda brand: a_draft(brand.pond, OFF_20),
    "priceListId": lambda brand: brand.kept("price_lists/price-list-save"),
    "priceFloorId": lambda brand: brand.kept("price_lists/price-floor-set"),
    "campaignId": lambda brand: brand.kept("campaigns/campaign-save"),
    "couponTemplateId": known(lambda brand: id_of(Kind.COUPON_TEMPLATE, brand.sown.coupons["live"])),
    "couponId": lambda brand: brand.own_coupon_id(),
    "lotteryId": known(lambda _: id_of(Kind.LOTTERY, sown_id(LOTTERY, number=4))),
    "pointsOfferId": known(lambda _: id_of(Kind.POINTS_OFFER, sown_id(OFFER))),
    "seckillId": known(lambda _: id_of(Kind.SECKILL, sown_id(SECKILL))),
    "seckillVariantId": lambda brand: brand.variant_id("gufa-jiangcha"),
    "groupBuyId": known(lambda _: id_of(Kind.GROUP_BUY, sown_id(GROUP_BUY))),
    "groupVariantId": lambda brand: brand.variant_id("heizhima-wan"),
    "buyingGroupId": lambda brand: brand.group_id(),
    "bargainOfferId": known(lambda _: id_of(Kind.BARGAIN_OFFER, sown_id(BARGAIN_OFFER))),
    "bargainId": known(lambda _: id_of(Kind.BARGAIN, sown_id(BARGAIN))),
    "departmentId": lambda brand: brand.own(Kind.DEPARTMENT, "SELECT id FROM department ORDER BY id LIMIT 1"),
    "channelId": known(lambda _: id_of(Kind.CHANNEL, sown_id(CHANNEL, YEAR))),
    "hookId": known(lambda _: id_of(Kind.HOOK, sown_id(HOOK, YEAR))),
    "hookCode": lambda brand: brand.hook_code(),
    "startsAt": known(lambda brand: brand.pond.time.isoformat()),
    "endsAt": known(lambda brand: (brand.pond.time + timedelta(days=30)).isoformat()),
}
"""What a variable of a well-known name stands for."""

OWN: dict[str, dict[str, Callable[[Brand], Awaitable[Any]]]] = {
    "stores/settlement-bill-make": {"storeId": lambda brand: brand.settling_store_id()},
    "stores/settlement-bill-check": {"billId": lambda brand: brand.bill_id("issue")},
    "stores/settlement-bill-dispute": {"billId": lambda brand: brand.bill_id("issue")},
    "stores/settlement-bill-pay": {"billId": lambda brand: brand.bill_id("issue", "check")},
    "carts/cart": {"id": NAMES["cartId"]},
    "after_sales/after-sale-ship-back": {"afterSaleId": lambda brand: brand.after_sale_id("agree", received=True)},
    "after_sales/after-sale-receive": {
        "afterSaleId": lambda brand: brand.after_sale_id("agree", "ship-back", received=True),
    },
    "after_sales/after-sale-refuse": {
        "afterSaleId": lambda brand: brand.after_sale_id("agree", "ship-back", received=True),
    },
    "promotions/promotion-pause": {"promotionId": lambda brand: a_promotion(brand.pond)},
    "price_lists/price-list-withdraw": {"priceListId": lambda brand: brand.a_list_in_force()},
    "carts/cart-complete": {"cartId": lambda brand: brand.cart_id(brand.member)},
    "memberships/membership-card-activate": {"code": lambda brand: brand.membership_card()},
    "memberships/membership-cards-void": {"batchId": lambda brand: brand.membership_cards_id()},
    "gift_cards/gift-card-bind": {"code": lambda brand: brand.gift_card()},
    "gift_cards/gift-cards-activate": {"batchId": lambda brand: brand.gift_cards_id()},
    "gift_cards/gift-cards-void": {"batchId": lambda brand: brand.gift_cards_id()},
    "points/points-deduct": {"memberId": known(lambda brand: id_of(Kind.MEMBER, brand.sown.members[0]))},
    "coupons/coupon-take": {"liveRoomId": NAMES["liveRoomId"]},
    "coupons/coupon-redeem-code": {"code": lambda brand: brand.coupon_code()},
    "coupons/coupon-gift": {
        "couponTemplateId": known(lambda brand: id_of(Kind.COUPON_TEMPLATE, brand.sown.coupons["guide"])),
    },
    "coupons/coupon-template-publish": {"couponTemplateId": lambda brand: brand.coupon_draft_id()},
    "coupons/coupon-codes-issue": {
        "couponTemplateId": known(lambda brand: id_of(Kind.COUPON_TEMPLATE, brand.sown.coupons["code"])),
    },
    "groups/buying-group": {"id": NAMES["buyingGroupId"]},
    "groups/buying-group-leave": {"buyingGroupId": lambda brand: brand.group_id(own=True)},
    "bargains/bargain": {"id": NAMES["bargainId"]},
    "complaints/complaint-close": {"complaintId": lambda brand: brand.complaint_id(resolved=True)},
    "complaints/complaint-reopen": {"complaintId": lambda brand: brand.complaint_id(resolved=True)},
    "content/post": {"id": NAMES["postId"]},
    "content/post-publish": {
        "postId": known(lambda brand: id_of(Kind.POST, brand.sown.posts["cangku-shou-ji"])),
    },
    "content/comment-add": {"parentId": NAMES["commentId"]},
    "draws/draw-open": {"drawId": lambda brand: brand.draw_id(opened=False)},
    "draws/draw-prize-claim": {"drawId": lambda brand: brand.draw_id(drawn=True)},
    "draws/draw-proof": {"drawId": lambda brand: brand.draw_id(drawn=True)},
    "draws/draw-claims": {"drawId": lambda brand: brand.draw_id(drawn=True)},
    "red_packets/red-packet-offer": {"liveRoomId": lambda brand: brand.red_packet_room_id()},
    "stores/store": {"id": NAMES["storeId"]},
    "webhooks/webhook-endpoint": {"id": NAMES["webhookEndpointId"]},
    "stores/staff-dismiss": {"memberId": known(lambda brand: id_of(Kind.MEMBER, brand.sown.staff["manager-xihu"]))},
    "live/live-room-reserve": {"liveRoomId": lambda brand: brand.announced_room_id()},
    "live/live-room-unreserve": {"liveRoomId": lambda brand: brand.announced_room_id()},
    "members/login-by-phone": {"code": lambda brand: brand.phone_code()},
    "members/phone-link": {"code": lambda brand: brand.phone_code()},
    "members/login-by-wechat": {"code": lambda brand: wx_code(brand.pond, "newcomer")},
}
"""What a variable stands for in one example alone."""


class Example:
    """One document: its text, its header, and what it needs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
        (self.operation,) = [one for one in parse(self.text).definitions if isinstance(one, OperationDefinitionNode)]
        beside = FOLDER / f"{name}.json"
        self.constants: dict[str, Any] = json.loads(beside.read_text()) if beside.exists() else {}

    def header(self, word: str) -> str | None:
        found = re.search(rf"^# {word}: *(\S+)$", self.text, re.MULTILINE)
        return found and found[1]

    @property
    def fields(self) -> list[str]:
        return [one.name.value for one in self.operation.selection_set.selections]  # type: ignore[union-attr]

    @property
    def role(self) -> str:
        kind = self.operation.operation.value.capitalize()
        scopes = {scopes_of_root()[f"{kind}.{field}"] for field in self.fields}
        least = "staff" if scopes & STAFFED else "guide" if scopes & GUIDES else "member"
        return self.header("as") or ("visitor" if scopes == {"VISITOR"} else least)

    async def variables(self, brand: Brand) -> dict[str, Any]:
        wanted = [one.variable.name.value for one in self.operation.variable_definitions or ()]
        optional = {
            one.variable.name.value
            for one in self.operation.variable_definitions or ()
            if one.type.kind != "non_null_type" or one.default_value is not None
        }
        own, given = OWN.get(self.name, {}), dict(self.constants)
        for name in wanted:
            if name in given or (name in optional and name not in own):
                continue
            assert name in own or name in NAMES, f"${name} of {self.name} is no well-known name"
            given[name] = await (own.get(name) or NAMES[name])(brand)
        return given


@cache
def scopes_of_root() -> dict[str, str]:
    """The scope of each field of Query, Mutation and Subscription, as the SDL says it."""
    scopes = {}
    for kind in ("Query", "Mutation", "Subscription"):
        declared = the_schema()._schema.type_map[kind].fields
        for name in declared:
            found = re.search(rf"\n  {name}\b[^\n]*?@scope\(is: (\w+)\)", _sdl_of(kind))
            assert found, f"{kind}.{name} says no scope"
            scopes[f"{kind}.{name}"] = found[1]
    return scopes


@cache
def _sdl_of(kind: str) -> str:
    printed = the_schema().as_str()
    begin = printed.index(f"\ntype {kind} ")
    return re.sub(r"\(\n.*?\n  \)", "()", printed[begin : printed.index("\n}", begin)], flags=re.DOTALL)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_example_runs_against_the_sample_brand(brand: Brand, name: str) -> None:
    example = Example(name)
    variables = await example.variables(brand)
    principal = await brand.principal(example.role)

    if example.operation.operation is OperationType.SUBSCRIPTION:
        await watched(brand, example, variables, principal)
        return
    data = await brand.pond.ask(example.text, principal, **variables)

    refused = [error["code"] for payload in data.values() for error in _user_errors(payload)]
    expected = example.header("refused")
    assert refused == ([expected] if expected else []), data


def _user_errors(payload: Any) -> list[dict[str, Any]]:
    return payload.get("userErrors", []) if isinstance(payload, dict) else []


async def watched(brand: Brand, example: Example, variables: dict[str, Any], principal: Principal) -> None:
    """Join; where the room's log holds such an event already, hear the first one."""
    takes_after = any(one.variable.name.value == "after" for one in example.operation.variable_definitions or ())
    given = variables | ({"after": 0} if takes_after else {})
    context = brand.pond.context(principal)
    events = await the_schema().subscribe(example.text, variable_values=given, context_value=context)
    assert hasattr(events, "__anext__"), getattr(events, "errors", events)
    waiting = asyncio.ensure_future(anext(events))
    done, _ = await asyncio.wait([waiting], timeout=5 if takes_after else 0.2)
    if takes_after:
        assert done, "nothing was heard"
    if done:
        assert not waiting.result().errors, waiting.result().errors
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await events.aclose()


def test_every_public_capability_is_in_an_example() -> None:
    shown = {
        f"{example.operation.operation.value.capitalize()}.{field}"
        for example in map(Example, EXAMPLES)
        for field in example.fields
    }

    assert scopes_of_root().keys() - shown == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_says_what_it_shows(name: str) -> None:
    assert re.match(r"# \S.+\n", Example(name).text)


async def test_the_readme_shows_what_the_brand_answers(brand: Brand) -> None:
    readme = (FOLDER.parent / "README.md").read_text()
    query, answer = re.search(r"```graphql\n(query .*?)```\s+```json\n(.*?)```", readme, re.DOTALL).groups()  # type: ignore[union-attr]

    assert await brand.pond.ask(query) == json.loads(answer)
