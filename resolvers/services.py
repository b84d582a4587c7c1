"""What a process has one of, and every request may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo

from domain.after_sales import AfterSaleTerms
from domain.bindings import FOR_GOOD, BindingTerms
from domain.bullets import BulletTerms
from domain.codes import CodeTerms
from domain.commissions import CommissionTerms
from domain.complaints import ComplaintTerms
from domain.coupons import CouponPolicy
from domain.evidence import AttributionPolicy
from domain.gateways import Provider
from domain.gifts import GiftTerms
from domain.live_invites import AT_ONCE, InviteTerms
from domain.live_reservations import NO_REMINDERS, ReminderTerms
from domain.live_video import VideoTerms
from domain.points import PointsRules
from domain.promotions.plays import Play
from domain.promotions.registry import BUILT_IN
from domain.service_figures import ServiceTerms
from domain.shipments import ReceiptTerms
from domain.withdrawals import WithdrawalTerms
from providers.payments import PaymentProvider, SharesProfit, Transfers
from providers.sms import Sms
from providers.video import LiveVideoProvider
from providers.webhooks import Webhooks
from providers.wechat import Wechat
from providers.words import WordList, built_in_words
from resolvers.like_tally import LikeTally
from resolvers.order_desk import OrderDesk
from resolvers.room_writer import RoomWriter
from resolvers.windows import Windows
from subscriptions.feeds import Feeds
from subscriptions.hub import Hub


@dataclass(frozen=True)
class Rules:
    """Settings of the brand that rules depend on."""

    time_zone: tzinfo = timezone(timedelta(hours=8), "Asia/Shanghai")
    pay_within: timedelta = timedelta(minutes=15)
    unpaid_orders: int = 20
    """How many orders of one member may wait for payment at once; 0: any number."""
    shares_profit: bool = False
    """Whether payments are announced to WeChat Pay as such of which others get parts (分账)."""
    orders_need_gifts: bool = False
    """Whether there is no order without the gifts that were promised; else it goes on without them (R45)."""
    price_guard: timedelta = timedelta(days=7)
    """A price that is shown as a discount is not above the lowest at which it was sold so long before (2.7.3)."""
    codes_per_phone_a_day: int = 10
    codes_per_client_an_hour: int = 30
    tries_per_client_an_hour: int = 60
    """How many codes one address may try, whatever the phones; each code can be tried 5 times besides."""
    binding: BindingTerms = FOR_GOOD
    commission: CommissionTerms = field(default_factory=CommissionTerms)
    withdrawal: WithdrawalTerms = field(default_factory=WithdrawalTerms)
    shares_last: timedelta | None = None
    """None: a share code never expires."""
    attribution: AttributionPolicy = field(default_factory=AttributionPolicy)
    invites: InviteTerms = AT_ONCE
    reminders: ReminderTerms = NO_REMINDERS
    link_hosts: frozenset[str] = frozenset()
    """Where cards of live rooms may lead, beside the mini-program."""
    gifts: GiftTerms = field(default_factory=GiftTerms)
    receipt: ReceiptTerms = field(default_factory=ReceiptTerms)
    after_sales: AfterSaleTerms = field(default_factory=AfterSaleTerms)
    complaints: ComplaintTerms = field(default_factory=ComplaintTerms)
    service: ServiceTerms = field(default_factory=ServiceTerms)
    tax_bp: int = 1_300
    """The share of tax of products that have none of their own, in basis points of the price without it."""
    bullets: BulletTerms = field(default_factory=BulletTerms)
    video: VideoTerms = field(default_factory=VideoTerms)
    coupons: CouponPolicy = field(default_factory=CouponPolicy)
    codes: CodeTerms = field(default_factory=CodeTerms)
    points: PointsRules = field(default_factory=PointsRules)
    person_salt: str = "yutang"
    """Goes into the traces by which a person who comes back is known; never to change."""


@dataclass
class Services:
    """The services of a process. Slices add theirs here."""

    rules: Rules
    wechat: Wechat
    sms: Sms
    payments: Mapping[Provider, PaymentProvider]
    hub: Hub
    writer: RoomWriter
    desk: OrderDesk
    words: WordList = field(default_factory=built_in_words)
    likes: LikeTally = field(default_factory=LikeTally)
    feeds: Feeds = field(default_factory=Feeds)
    limiter: Windows = field(default_factory=Windows)
    plays: Mapping[str, Play] = field(default_factory=lambda: BUILT_IN)
    """The plays of promotions, ours and those of integrators, by kind."""
    sharing: SharesProfit | None = None
    """None: no provider gives parts of payments to others."""
    transfers: Transfers | None = None
    """None: no provider pays people."""
    video: LiveVideoProvider | None = None
    """None: pictures of live rooms, if any, come from elsewhere."""
    webhooks: Webhooks = field(default_factory=Webhooks)
