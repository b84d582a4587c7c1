"""Ids as clients see them: a short word for the kind, and a UUIDv7, so that ids of a kind sort by creation."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any
from uuid import UUID

from domain.refusals import NotFound
from engine import derived


class Kind(Enum):
    """The word that an id begins with."""

    ADDRESS = "adr"
    AFTER_SALE = "aft"
    BARGAIN = "bgn"
    BARGAIN_OFFER = "bof"
    BINDING = "bnd"
    BONUS = "bns"
    BONUS_PLAN = "bpl"
    BOUNTY = "bty"
    BOUNTY_RULE = "btr"
    BRAND = "brd"
    BULLET_COMMENT = "blt"
    BUYING_GROUP = "bgp"
    CALL_TO_ACTION = "cta"
    CAMPAIGN = "cmp"
    CART = "crt"
    CART_LINE = "cln"
    CATEGORY = "cat"
    CHANNEL = "chn"
    COMMENT = "cmt"
    COMMISSION = "com"
    COMMISSION_CONTRACT = "cct"
    COMMISSION_RATE = "cmr"
    COUPON = "cpn"
    COUPON_TEMPLATE = "cpt"
    DEPARTMENT = "dep"
    DRAW = "drw"
    DRAW_PRIZE = "prz"
    ENTITLEMENT = "ent"
    GIFT = "gft"
    GIFT_CARD = "gcd"
    GIFT_CARD_BATCH = "gcb"
    GROUP_BUY = "gby"
    GUIDE = "gde"
    GUIDE_TASK = "gtk"
    GUIDE_TIER = "gtr"
    HANDOVER = "hov"
    HOOK = "hok"
    HOOK_BATCH = "hkb"
    LEAD = "led"
    LIVE_PRODUCT = "lpr"
    LIVE_ROOM = "liv"
    LOTTERY = "lot"
    LOTTERY_DRAW = "ltd"
    LOTTERY_PRIZE = "ltp"
    MEDIA = "med"
    MEMBER = "mem"
    MEMBERSHIP_CARDS = "mcb"
    MEMBER_LEVEL = "lvl"
    MEMBERSHIP_PLAN = "mpl"
    MEMBER_TAG = "mtg"
    ORDER = "ord"
    ORDER_LINE = "oln"
    ORG_UNIT = "org"
    PAYMENT = "pay"
    PAYMENT_SHARE = "psh"
    POINTS_ENTRY = "pte"
    POINTS_OFFER = "pto"
    POST = "pst"
    PRICE_LIST = "plt"
    PRICE_FLOOR = "pfl"
    PRODUCT = "prd"
    PROMOTION = "pmo"
    RED_PACKET = "rpk"
    REFUND = "rfd"
    REVIEW = "rvw"
    REWARD = "rwd"
    ORDER_NOTE = "ont"
    INVOICE = "inv"
    COMPLAINT = "cpl"
    SECKILL = "sck"
    SETTLEMENT_BILL = "stb"
    SERVICE_ALERT = "sal"
    SHARE = "shr"
    SHIPMENT = "spm"
    SHIPPING_TEMPLATE = "shp"
    SPLIT_RULE = "spl"
    STOCK_LOCATION = "loc"
    STOCK_MOVEMENT = "mov"
    STORE = "sto"
    TAG = "tag"
    TAG_GROUP = "tgg"
    TASK_ASSIGNMENT = "tas"
    TASK_EVIDENCE = "tev"
    VARIANT = "var"
    WECOM_CONTACT = "wcc"
    WEBHOOK_DELIVERY = "whd"
    WEBHOOK_ENDPOINT = "whk"
    WEBHOOK_EVENT = "whv"
    WITHDRAWAL = "wdr"


def id_of(kind: Kind, key: UUID) -> str:
    """The id that clients see."""
    return f"{kind.value}_{key.hex}"


def identifier(kind: Kind, attribute: str = "id", *, description: str = "Opaque, unique, sorts by creation.") -> Any:
    """A field with the id of a record, or of what one of its attributes refers to."""
    word = kind.value + "_"

    def read(record: Any) -> str | None:
        key = getattr(record, attribute)
        return None if key is None else word + key.hex

    return derived(read, description=description)


def key_of(kind: Kind, given: str, *path: str) -> UUID:
    """The key behind an id.

    Raises:
        NotFound: it is no id of this kind; the object that it might have meant does not exist.
    """
    found = key_if(kind, given)
    if found is None:
        raise NotFound(path=path)
    return found


def key_if(kind: Kind, given: str) -> UUID | None:
    """The key behind an id, or None when it is no id of this kind."""
    word, _, digits = given.partition("_")
    if word != kind.value or len(digits) != 32 or not digits.isascii():
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None


def keys_of(kind: Kind, given: Sequence[str]) -> list[UUID]:
    """The keys behind those ids that are of this kind."""
    return [key for key in (key_if(kind, one) for one in given) if key is not None]


def kind_of(given: str) -> Kind | None:
    """The kind that an id says it is of."""
    try:
        return Kind(given.partition("_")[0])
    except ValueError:
        return None
