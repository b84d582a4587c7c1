"""What is said between us and a payment provider, whoever it is: what we ask for, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias
from uuid import UUID

from domain.money import Money
from domain.records import record
from domain.refusals import ErrorCode, Refusal


class Provider(Enum):
    SANDBOX = "SANDBOX"
    WECHAT_PAY = "WECHAT_PAY"
    ALIPAY = "ALIPAY"
    BALANCE = "BALANCE"
    """The member's stored balance: money that we keep ourselves, as on gift cards."""
    GIFT_CARD = "GIFT_CARD"


class PaymentMethod(Enum):
    """How the payer meets the provider. What a provider does not have, it refuses."""

    JSAPI = "JSAPI"
    """Within WeChat: a mini-program or a page in its browser, by signed parameters."""
    H5 = "H5"
    """In the browser of a phone, which is sent to the provider's address."""
    NATIVE = "NATIVE"
    """A QR code that the payer scans with the provider's app."""
    PAGE = "PAGE"
    """In the browser of a computer, which is sent to the provider's address."""


@record
class Asking:
    """How a payment is asked for, beside its amount. The payer reads `subject`."""

    subject: str
    method: PaymentMethod = PaymentMethod.H5
    payer: str | None = None
    """The payer as the provider knows them: an openid. JSAPI needs it."""
    client: str | None = None
    """The payer's network address. WeChat's H5 needs it."""
    pay_before: datetime | None = None
    """The provider takes no money from then on."""
    return_url: str | None = None
    """Where the payer's browser goes after an H5 or PAGE payment."""
    shares_profit: bool = False
    """Whether a part goes to others: WeChat must be told before anybody pays (product rules 2.11)."""


@record
class JsapiParameters:
    """What `wx.requestPayment` takes, signed by us. `package` is `prepay_id=…`."""

    app_id: str
    time_stamp: str
    nonce: str
    package: str
    sign_type: str
    pay_sign: str


@record
class Prepared:
    """What the payer's client needs to pay. One of the three is there."""

    confirm_url: str | None = None
    code_url: str | None = None
    """To be shown as a QR code."""
    jsapi: JsapiParameters | None = None


@record
class Told:
    """A payment was made. That it was meant for us is checked; whether the amount is right is for us to say."""

    message: str
    """The provider's key of this message: the same in every repetition of it."""
    provider: Provider
    transaction: str
    """The provider's own key of the money movement."""
    payment_id: UUID
    amount: Money
    paid_at: datetime
    payer: str | None = None
    """Who paid, as the provider knows them; None where it does not say."""


class RefundOutcome(Enum):
    """SUCCEEDED and CLOSED are final. CLOSED: no money moved, another refund may be asked for."""

    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"
    """The payer's card or account takes nothing: the merchant must see to it, the money is on hold meanwhile."""


@record
class RefundTold:
    """How a refund stands."""

    message: str
    provider: Provider
    refund_id: UUID
    reference: str
    """The provider's own key of the refund."""
    outcome: RefundOutcome
    amount: Money
    at: datetime
    """When it succeeded, or else when this was told."""


class TransferOutcome(Enum):
    """SUCCEEDED, FAILED and CANCELLED are final."""

    PROCESSING = "PROCESSING"
    AWAITING_PERSON = "AWAITING_PERSON"
    """The person must say yes in WeChat within 24 hours; otherwise it fails."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@record
class Transfer:
    """Money from the merchant to a person (商家转账). `purpose` is one of the scenes that WeChat granted us."""

    id: UUID
    openid: str
    amount: Money
    remark: str
    purpose: str
    name: str | None = None
    """The person's real name. WeChat checks it, and wants it from 2,000 CNY on."""
    reports: tuple[tuple[str, str], ...] = ()
    """What the purpose asks to be told, as (kind, words), such as ("岗位类型", "导购")."""


@record
class TransferTold:
    """How a transfer stands."""

    message: str
    transfer_id: UUID
    reference: str
    outcome: TransferOutcome
    amount: Money
    at: datetime
    confirmation: str | None = None
    """What `wx.requestMerchantTransfer` takes as `package`, while the person has not said yes."""
    reason: str | None = None
    """The provider's word for why it failed."""
    openid: str | None = None
    """Who gets it; None where it does not say."""


@record
class Receiver:
    """Somebody who gets a part of a payment: a merchant by its number, or a person by openid."""

    account: str
    amount: Money
    description: str
    is_person: bool = False
    name: str | None = None
    """A merchant's registered name, or a person's real one, which WeChat then checks."""


@record
class Share:
    """Parts of a payment that others get. `transaction` is the provider's key of the payment."""

    id: UUID
    transaction: str
    receivers: tuple[Receiver, ...]


class ShareOutcome(Enum):
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    CLOSED = "CLOSED"
    """No money moved, or it came back."""


@record
class SharedPart:
    """How one receiver's part stands."""

    account: str
    amount: Money
    outcome: ShareOutcome
    reason: str | None = None


@record
class ShareTold:
    """How the sharing of a payment stands. `finished`: no part is processed any more."""

    share_id: UUID
    reference: str
    finished: bool
    parts: tuple[SharedPart, ...]


@record
class ShareReturn:
    """A part to be taken back from a merchant that got it; from persons it cannot be (product rules 2.11)."""

    id: UUID
    share_id: UUID
    account: str
    amount: Money
    reason: str


@record
class ShareReturnTold:
    """How the taking back of a part stands."""

    return_id: UUID
    reference: str
    outcome: ShareOutcome
    amount: Money
    reason: str | None = None


@record
class Unknown:
    """A message that is truly the provider's and means nothing to us. It is answered like any other."""

    message: str
    provider: Provider
    kind: str


Message: TypeAlias = Told | RefundTold | TransferTold | Unknown
"""What a provider may send us."""


@dataclass(eq=False)
class SignatureWrong(Exception):
    """A message is not signed by the provider, or not now, or not for us. Told to the sender alone."""

    why: str = ""


@dataclass(eq=False)
class ProviderRefused(Refusal):
    """The provider definitely did not do it, and says why in its own words. Nothing moved."""

    code = ErrorCode.PROVIDER_REFUSED
    provider_code: str = ""
    reason: str = ""
    later: bool = False
    """Whether the very same may be asked again later: too often, or too little money on the account."""
