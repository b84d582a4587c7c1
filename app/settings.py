"""Settings: what a deployment may decide, from the environment (`YUTANG_…`) or a file `.env`."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Literal, Self

from pydantic import AliasChoices, BaseModel, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.bindings import ALL_TRIGGERS, Bindable, BindingMode, BindingTrigger


class Limits(BaseModel):
    """What the transports take. In the environment: `YUTANG_LIMITS__BODY_BYTES=…` and so on."""

    body_bytes: int = Field(default=256 * 1024, description="The longest body of a request.")
    head_s: float = Field(default=10, description="Within how many seconds the head of a request must have come.")
    idle_s: float = Field(
        default=75,
        description="How many seconds a connection is kept that asks for nothing; longer than any proxy in front does.",
    )
    body_s: float = Field(default=10, description="Within how many seconds a body must have come.")
    json_depth: int = Field(default=32, description="How deep JSON may be nested.")
    operation_s: float = Field(default=10, description="How many seconds a query or mutation may run.")
    operations_at_once: int = Field(
        default=512, description="How many run at once in a process; more are answered 503."
    )
    visitor_requests_per_minute: int = Field(default=3_000, description="Requests of visitors, by address.")
    member_requests_per_minute: int = Field(default=3_000, description="Requests of one member.")
    socket_admissions_per_s: float = Field(
        default=200, description="New websockets of one process, and as many at once; more are answered 503."
    )
    socket_message_bytes: int = Field(default=64 * 1024, description="The longest message of a websocket.")
    socket_messages_per_s: float = Field(default=20, description="Messages of one websocket; twice as many at once.")
    socket_init_s: float = Field(default=5, description="Within how many seconds connection_init must have come.")
    socket_subscriptions: int = Field(
        default=10, description="Subscriptions of one websocket, and as many other operations."
    )
    socket_ping_s: float = Field(
        default=25, description="How often a websocket is pinged; it is closed after two in vain."
    )
    socket_stalled_s: float = Field(
        default=10, description="How many seconds a client may take nothing that is sent to it."
    )
    sockets: int = Field(default=10_000, description="Websockets of one process; more are answered 503.")
    event_streams: int = Field(default=10_000, description="Event streams of one process; more are answered 503.")
    connections_per_address: int = Field(
        default=200, description="Websockets of one address, and as many event streams; more are answered 429."
    )
    identity_s: float = Field(
        default=10, description="How often it is looked up anew who holds a websocket or an event stream."
    )


class Points(BaseModel):
    """What points are worth. In the environment: `YUTANG_POINTS__PER_YUAN=…` and so on."""

    per_yuan: int = Field(default=100, ge=1, description="How many points stand for one yuan at checkout.")
    most_bp: int = Field(
        default=3_000, ge=0, le=10_000, description="How much of the goods points may pay, in basis points."
    )
    leaves_fen: int = Field(default=0, ge=0, description="What points never pay; 1 where no order may be for nothing.")
    earned_per_yuan: int = Field(default=1, ge=0, description="How many points each whole yuan paid for goods earns.")
    days: int = Field(default=365, ge=1, description="How many days points are good.")
    returned_days: int = Field(
        default=30, ge=1, description="How many days those are good that come back after theirs have passed."
    )


class Attribution(BaseModel):
    """Whose an order is. In the environment: `YUTANG_ATTRIBUTION__TOUCH_HOURS=…` and so on."""

    touch_hours: int = Field(default=168, ge=1, le=720, description="How many hours opening a share counts.")
    content_touch_hours: int = Field(
        default=24, ge=1, le=720, description="How many hours opening a share of a post counts."
    )
    touch: Literal["LAST", "FIRST"] = Field(
        default="LAST", description="Which of several shares counts that a member opened."
    )
    touch_beats_binding: bool = Field(
        default=False, description="Whether opening a share goes before a binding whose protection is over."
    )
    assist_bp: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="How much of the commission is the guide's whose share lost to the binding alone, in basis points.",
    )
    room_sales: Literal["ROOM_STORE", "BOUND_STORE"] = Field(
        default="ROOM_STORE",
        description="Whose performance a sale in a live room is: the room's store's, or that of the buyer's own guide.",
    )
    allow_self_commission: bool = Field(
        default=False, description="Whether a guide earns by what the guide buys for himself."
    )
    forwards_count: bool = Field(
        default=True, description="Whether a member's forward of a guide's share is a touch of that guide."
    )


class Codes(BaseModel):
    """Where codes lead that people scan. In the environment: `YUTANG_CODES__PAGE=…` and so on."""

    link: str = Field(
        default="/s/{code}",
        pattern=r"^(/|https?://)[^\s]*\{code\}[^\s]*$",
        description="The web address that plain QR pictures hold, with {code} in it; from a slash on: one of ours.",
    )
    page: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_./-]*)?$",
        description="The page that mini-program codes open, such as pages/index/index; none are made without one.",
    )
    version: Literal["release", "trial", "develop"] = Field(
        default="release", description="The version of the mini-program that its codes open."
    )


class Commission(BaseModel):
    """How guides are paid. In the environment: `YUTANG_COMMISSION__RELEASE_DAYS=…` and so on."""

    release_days: int = Field(default=7, ge=0, le=90, description="How many days after receipt a commission is frozen.")
    most_bp: int = Field(
        default=5_000,
        ge=0,
        le=10_000,
        description="What all commissions of a line may take of what was paid for it, in basis points.",
    )
    on_add_ons: bool = Field(default=False, description="Whether add-ons (加价购) earn commission.")
    membership_bp: int = Field(
        default=0, ge=0, le=10_000, description="What the sale of a membership earns, in basis points; 0: nothing."
    )


class Withdrawal(BaseModel):
    """How guides take their money out. In the environment: `YUTANG_WITHDRAWAL__LEAST_FEN=…` and so on."""

    least_fen: int = Field(default=100, ge=10, description="The least that is taken out at once.")
    most_fen: int = Field(default=500_000, ge=10, description="The most that is taken out at once.")
    most_a_day_fen: int = Field(
        default=1_000_000, ge=10, description="The most that one person takes out on a day of the brand's calendar."
    )
    times_a_day: int = Field(default=3, ge=1, description="How often one person takes money out on such a day.")
    fee_bp: int = Field(default=0, ge=0, le=5_000, description="The fee, in basis points of the amount, rounded down.")
    fee_least_fen: int = Field(default=0, ge=0, description="The fee is not less than this.")
    fee_most_fen: int | None = Field(default=None, ge=0, description="The fee is not more than this.")
    approved_up_to_fen: int = Field(
        default=20_000, ge=0, description="Finance has to approve what is more than this; 0: everything."
    )
    cool_down_hours: int = Field(
        default=24, ge=0, description="How long nothing is paid after a payout account changed."
    )
    scene: str = Field(default="1005", description="WeChat's number of the scene of transfers (佣金报酬: 1005).")
    reports: dict[str, str] = Field(
        default={"岗位类型": "导购", "报酬说明": "销售佣金"},
        description="What WeChat is told of transfers in that scene.",
    )


class Binding(BaseModel):
    """Whose customer a member becomes. In the environment: `YUTANG_BINDING__MODE=TIMED` and so on.

    A change is for bindings that begin from then on; those that exist keep their terms.
    """

    mode: BindingMode = Field(
        default=BindingMode.PERMANENT,
        description="PERMANENT: the first guide for good; REGISTER_ONLY: that, for who has just registered; "
        "TIMED: for a time; OVERRIDE: whose link was opened last.",
    )
    triggers: frozenset[BindingTrigger] = Field(
        default=ALL_TRIGGERS,
        min_length=1,
        description="What binds, any of: REGISTRATION (under a guide's link or code), SHARE (a member opens what a "
        "guide shared), CONTACT (added the guide on WeCom and registered). With that alone a mere link binds nobody.",
    )
    who: Bindable = Field(
        default=Bindable.ALL_MEMBERS, description="ALL_MEMBERS, or NEW_MEMBERS: who has paid no order yet."
    )
    days: int = Field(default=30, ge=1, description="How many days a timed binding lasts.")
    protected_days: int = Field(
        default=15, ge=0, description="For how many of them no other guide takes the member over."
    )
    renewed_by_orders: bool = Field(
        default=False, description="Whether a paid order of the bound guide's begins the time of a timed binding anew."
    )
    new_s: int = Field(
        default=30, ge=0, description="For how many seconds after registration REGISTER_ONLY takes a member for new."
    )

    @model_validator(mode="after")
    def _protected_within_its_time(self) -> Self:
        if self.protected_days > self.days:
            msg = "protected_days is not more than days"
            raise ValueError(msg)
        return self


class Video(BaseModel):
    """How live rooms have video. In the environment: `YUTANG_VIDEO__PUSH_KEY=…` and so on (docs/live-video.md)."""

    push_domain: str = Field(
        default="", description="The domain that hosts push their streams to, as the provider says."
    )
    play_domain: str = Field(default="", description="The domain that viewers play streams from.")
    app: str = Field(default="live", description="The path before the name of a stream.")
    push_key: str = Field(default="", description="Signs addresses to push to.", repr=False)
    play_key: str = Field(default="", description="Signs addresses to play from.", repr=False)
    callback_key: str = Field(default="", description="Proves that the provider calls us.", repr=False)
    absent_s: float = Field(default=60, description="A live room pauses after so many seconds without its stream.")
    gone_s: float = Field(default=600, description="A paused room ends after so many seconds without its stream.")
    push_lasts_s: float = Field(default=1_800, description="How many seconds an address to push to is good.")
    play_lasts_s: float = Field(default=21_600, description="How many seconds an address to play from is good.")


class Webhooks(BaseModel):
    """How other systems are told. In the environment: `YUTANG_WEBHOOKS__DAYS=…` and so on (docs/webhooks.md)."""

    ports: frozenset[int] = Field(default=frozenset({443, 8443}), description="The ports of endpoints of webhooks.")
    loopback: bool = Field(
        default=False,
        description="Whether webhooks may go to this very machine, by http too; for development and demonstrations.",
    )
    days: int = Field(
        default=30, ge=4, description="How many days events are kept to be sent again, and for endpoints that pause."
    )


class WechatPay(BaseModel):
    """An account with WeChat Pay. In the environment: `YUTANG_WECHAT_PAY__SERIAL=…` and so on (docs/payments.md)."""

    merchant_id: str = Field(default="", description="The merchant's number; nobody pays by WeChat without one.")
    app_id: str = Field(default="", description="The app that members pay in; the mini-program's unless set.")
    serial: str = Field(default="", description="The serial number of the merchant's certificate.")
    key_file: Path | None = Field(default=None, description="The merchant's private key, apiclient_key.pem.")
    api_key_file: Path | None = Field(default=None, description="A file that holds the APIv3 key, 32 characters.")
    public_key_id: str = Field(default="", description="`PUB_KEY_ID_…`, where WeChat Pay signs by a public key.")
    public_key_file: Path | None = Field(default=None, description="That public key, pub_key.pem.")
    shares_profit: bool = Field(
        default=False, description="Whether payments are announced as such of which others get parts (分账)."
    )
    url: str = Field(default="https://api.mch.weixin.qq.com", description="Where WeChat Pay answers.")


class AlipayApp(BaseModel):
    """An app at Alipay. In the environment: `YUTANG_ALIPAY__APP_ID=…` and so on (docs/payments.md)."""

    app_id: str = Field(default="", description="The app's id; nobody pays by Alipay without one.")
    key_file: Path | None = Field(default=None, description="The app's private key.")
    alipay_key_file: Path | None = Field(default=None, description="Alipay's public key for the app.")
    seller_id: str = Field(default="", description="The seller's number at Alipay; not checked unless set.")
    url: str = Field(default="https://openapi.alipay.com/gateway.do", description="Where Alipay answers.")


class Settings(BaseSettings):
    """One deployment: one brand."""

    model_config = SettingsConfigDict(env_prefix="YUTANG_", env_nested_delimiter="__", env_file=".env", extra="ignore")

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, description="The port to listen on.")
    workers: int = Field(default=1, ge=1, le=64, description="How many processes serve the port.")
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "YUTANG_DATABASE_URL", "database_url"),
        description="A PostgreSQL of 15 or later; without one, the embedded PostgreSQL runs.",
    )
    bus_url: str = Field(
        default="memory://",
        validation_alias=AliasChoices("BUS_URL", "YUTANG_BUS_URL", "bus_url"),
        description="How processes tell each other of live events: memory:// (one process), redis://… or postgres://….",
    )
    database_connections: int = Field(default=12, description="Connections of one process to PostgreSQL.")
    data_dir: Path | None = Field(default=None, description="Where the embedded PostgreSQL keeps its data.")
    media_dir: Path | None = Field(default=None, description="A folder of pictures that is served under /media.")
    words_file: Path | None = Field(
        default=None, description="The brand's own sensitive words, an action and a word on each line."
    )
    bullets_shown_per_s: int = Field(
        default=40,
        ge=0,
        description="How many bullet comments of one room are shown in a second, and at once; all are stored. 0: all.",
    )
    bullets_may_link: bool = Field(
        default=False, description="Whether bullet comments may hold links, shopping codes and pictures in letters."
    )
    introspection: bool = Field(default=False, description="Whether clients may read the schema.")
    graphiql: bool = Field(default=False, description="Whether GraphiQL is served under /graphiql.")
    standins: bool = Field(
        default=False, description="Whether WeChat, SMS and payments are played by this process itself."
    )
    relay: bool = Field(default=True, description="Whether this process relays facts of the outbox to live rooms.")
    allowed_origins: frozenset[str] = Field(
        default=frozenset(), description="Origins of web pages that may ask, beside our own; `https://shop.example`."
    )
    link_hosts: frozenset[str] = Field(
        default=frozenset(), description="Hosts to which cards of live rooms may lead, by https; `shop.example`."
    )
    price_guard_days: int = Field(
        default=7,
        ge=0,
        description="A price that is shown as a discount is not above the lowest at which it was sold in so many days.",
    )
    unpaid_orders: int = Field(
        default=20, ge=0, description="How many orders of one member may wait for payment at once; 0: any number."
    )
    room_log_days: int = Field(default=7, ge=1, description="How many days events of live rooms are replayed.")
    room_log_events: int = Field(
        default=100_000, ge=10_000, description="How many events of one live room are replayed; older ones are not."
    )
    room_record_days: int = Field(
        default=1_100,
        description="How many days after its end a room's comments, gifts and what the host did are kept; "
        "the law asks for three years.",
    )
    outbox_days: int = Field(default=7, description="How many days facts of the outbox are kept after their relay.")
    cart_days: int = Field(default=30, description="How many days a visitor's cart is kept that nobody touches.")
    idempotency_days: int = Field(default=30, description="How many days a repeated request gets its first answer.")
    presence_days: int = Field(default=1, description="How many days it is kept how many watched a room that is over.")
    tip_days: int = Field(default=62, description="How many days it is kept how much a member gave a day or a month.")
    notification_days: int = Field(
        default=90, description="How many days a notification of a payment provider is known to have come before."
    )
    after_sale_days: int = Field(
        default=7, ge=7, description="How many days after receipt a buyer may ask for an after-sale; seven are the law."
    )
    gifts_are_deducted: bool = Field(
        default=True, description="Whether a gift that the buyer keeps is taken off what goes back for its reason."
    )
    coupons_go_together: bool = Field(
        default=True, description="Whether a coupon for the whole order can be used beside one for goods."
    )
    coupons_come_back: bool = Field(
        default=True,
        description="Whether an order's coupons are good again when all of it is paid back before anything was sent.",
    )
    orders_need_gifts: bool = Field(
        default=False,
        description="Whether an order is refused when a gift that it is promised is out; else it goes on without it.",
    )
    add_ons_are_charged_back: bool = Field(
        default=False,
        description="Whether an add-on that the buyer keeps costs its list price once its reason is gone.",
    )
    receive_days: int = Field(
        default=10, ge=1, description="How many days after it was sent an order is taken as received."
    )
    complete_days: int = Field(
        default=15, ge=7, description="How many days after it was received an order is done with; seven are the law."
    )
    complaint_answer_hours: int = Field(
        default=24, ge=1, description="Within how many hours a complaint is first answered before it escalates."
    )
    tax_bp: int = Field(
        default=1_300, ge=0, le=10_000, description="The rate of tax that prices include, in basis points."
    )
    public_url: str | None = Field(
        default=None, description="Where others reach this server; http://host:port unless set."
    )
    wechat_app_id: str = Field(default="wx-demo", description="The mini-program's app id.")
    wechat_secret: str = Field(default="wx-demo-secret", description="The mini-program's secret.")
    wechat_reminder_template: str = Field(
        default="", description="The template by which members are reminded of live rooms; none are without one."
    )
    remind_before_s: int = Field(
        default=600, description="How many seconds before a live room starts members are reminded."
    )
    invite_watched_s: int = Field(default=0, description="How long a viewer must watch until the inviter is credited.")
    invite_needs_phone: bool = Field(default=False, description="Whether only viewers with a phone count as invited.")
    wechat_url: str = Field(default="https://api.weixin.qq.com", description="Where WeChat answers.")
    sms_url: str | None = Field(default=None, description="The SMS gateway; no codes are sent without one.")
    sms_key: str = Field(default="", description="The key to the SMS gateway.")
    sandbox_url: str | None = Field(
        default=None, description="Where a sandbox bank answers that is no stand-in of this process."
    )
    wechat_pay: WechatPay = Field(default=WechatPay(), description="The account with WeChat Pay.")
    alipay: AlipayApp = Field(default=AlipayApp(), description="The app at Alipay.")
    sandbox_secret: str = Field(default_factory=lambda: token_hex(16), description="Signs what the sandbox bank says.")
    live_video: Literal["none", "tencent", "aliyun", "local"] = Field(
        default="none",
        validation_alias=AliasChoices("LIVE_VIDEO", "YUTANG_LIVE_VIDEO", "live_video"),
        description="Who carries the video of live rooms.",
    )
    video: Video = Field(default=Video(), description="How live rooms have video.")
    points: Points = Field(default=Points(), description="What points are worth.")
    binding: Binding = Field(default=Binding(), description="Whose customer a member becomes.")
    attribution: Attribution = Field(default=Attribution(), description="Whose an order is.")
    codes: Codes = Field(default=Codes(), description="Where codes lead that people scan.")
    commission: Commission = Field(default=Commission(), description="How guides are paid.")
    withdrawal: Withdrawal = Field(default=Withdrawal(), description="How guides take their money out.")
    person_salt: str = Field(
        default="yutang",
        description="Goes into the hashes by which a person who comes back is known; set it once, never change it.",
        repr=False,
    )
    webhooks: Webhooks = Field(default=Webhooks(), description="How other systems are told what happens.")
    limits: Limits = Field(default=Limits(), description="What the transports take.")

    @property
    def own_url(self) -> str:
        """Where this server is reached, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
