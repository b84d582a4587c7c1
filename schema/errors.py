"""What a payload says beside its object: errors that a user can mend, and warnings."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

from domain.eligibility import EntryCondition
from domain.gifts import TipSpan
from domain.identity import Scope
from domain.promotions.coupons import CouponReason
from domain.refusals import ErrorCode
from resolvers.context import Locale
from schema.access import attribute, interface, object_type
from schema.enums import described
from schema.messages import warning_of
from schema.money import Money
from schema.scalars import Long

described(
    ErrorCode,
    "What went wrong, for programs. Codes are only ever added.",
    BAD_USER_INPUT="A value is outside of what the contract allows.",
    NOT_FOUND="There is no such object, or the caller may not see it.",
    FORBIDDEN="The caller may not do this.",
    UNAUTHENTICATED="The token is missing, unknown or expired.",
    CONFLICT="Another object has this slug, SKU, code or reference.",
    STALE_VERSION="The object changed since it was read.",
    RATE_LIMITED="Too often; wait and try again.",
    IDEMPOTENCY_KEY_REUSED="The idempotency key belongs to another request.",
    IDEMPOTENCY_IN_PROGRESS="The first request with this key is still running.",
    INSUFFICIENT_STOCK="Fewer are left than were asked for.",
    INSUFFICIENT_COINS="The coin wallet holds less than needed.",
    LIMIT_PER_MEMBER="A member may not buy so many.",
    INVALID_STATE="The state of the object does not allow this.",
    CODE_INVALID="The one-time code is wrong, used or expired.",
    TOKEN_INVALID="The refresh token is unknown, used or expired.",
    CONTENT_REJECTED="The text holds words that are not allowed here.",
    PROVIDER_UNAVAILABLE="A service that we call did not answer; nothing was changed.",
    RESYNC_REQUIRED="The log no longer holds what was missed; query the snapshot.",
    CONDITION_NOT_MET="A condition of taking part does not hold.",
    NOT_OPEN_YET="It opens later.",
    NONE_LEFT="Others were faster: nothing is left.",
    NOT_OF_AGE="Only for those who are of age (18), as far as the brand has to know.",
    MEMBER_MUTED="The member may not speak in this room now.",
    MEMBER_KICKED="The member may not be in this room now.",
    ROOM_MUTED="Only those who moderate the room may speak in it now.",
    PRICE_CHANGED="What is to be paid is not what it was when it was quoted; the new quote comes with the error.",
    PRICE_BELOW_FLOOR="A unit would cost less than the brand ever sells it for.",
    COUPON_NOT_APPLICABLE="The coupon cannot be used for this.",
    INSUFFICIENT_POINTS="Fewer points are there than needed.",
    INSUFFICIENT_BALANCE="Less money is there than needed.",
    GROUP_FULL="All places of the group are taken.",
    NOT_STARTED="It has not begun, or it is over.",
    STALE_QUANTITY="Not so many units were there as expected.",
    TOO_MANY_UNPAID="As many orders of the member as may be wait for payment.",
    ADDRESS_NOT_SERVED="Something is not sent to that address.",
    PROVIDER_REFUSED="The payment provider did not do it, and nothing moved.",
    GUIDE_CYCLE="Nobody is brought by those whom they brought, by any number of steps.",
    WEBHOOK_URL_FORBIDDEN="Nothing is sent to such an address: it must be https, on the public internet.",
    FOUR_EYES="Nobody decides about money of their own: somebody else has to.",
    STEP_UP_REQUIRED="It takes a code that is sent to the member's phone: ask for one and send it along.",
)


class WarningCode(Enum):
    SHARE_CODE_IGNORED = "SHARE_CODE_IGNORED"
    TEXT_MASKED = "TEXT_MASKED"
    TEXT_WAITS = "TEXT_WAITS"
    COUPON_REMOVED = "COUPON_REMOVED"


described(
    WarningCode,
    "What was done otherwise than asked, for programs.",
    SHARE_CODE_IGNORED="The share code is unknown or expired; the rest was done without it.",
    TEXT_MASKED="Words of the text were masked.",
    TEXT_WAITS="It is shown once a moderator has approved it.",
    COUPON_REMOVED="Codes of coupons were taken out of the cart: the member may not use them.",
)


@object_type(scope=Scope.VISITOR, description="Something was done otherwise than asked.")
class Warning:
    code: WarningCode = attribute("What, for programs.")
    message: str = attribute("What, for people, in the language asked for.")

    @classmethod
    def of(cls, code: WarningCode, locale: Locale) -> Warning:
        """The warning with this code, in words."""
        return cls(code=code, message=warning_of(code.value, locale))


@interface(scope=Scope.VISITOR, description="Why a mutation was refused. Nothing of it was done.")
class UserError:
    code: ErrorCode = attribute("Why, for programs.")
    message: str = attribute("Why, for people, in the language asked for.")
    path: list[str] = attribute("The part of the input at fault, outermost name first; list positions from 0.")
    retryable: bool = attribute("Whether the same request may succeed later.")


@object_type(scope=Scope.VISITOR, description="A refusal that its code says all about.")
class Refused(UserError):
    pass


@object_type(scope=Scope.VISITOR, description="Fewer are left than were asked for.")
class InsufficientStock(UserError):
    variant_id: strawberry.ID = attribute("Of which variant.")
    available: int = attribute("How many are left.")


@object_type(scope=Scope.VISITOR, description="A product is not sent to the address.")
class AddressUnserved(UserError):
    product_id: strawberry.ID = attribute("Which product.")


@object_type(scope=Scope.VISITOR, description="Other units are there than were expected.")
class QuantityMoved(UserError):
    available: int = attribute("How many can be sold there now.")


@object_type(scope=Scope.VISITOR, description="Fewer points are there than needed.")
class InsufficientPoints(UserError):
    balance: Long = attribute("Points that can be spent.")
    needed: Long = attribute("Points that it takes.")


@object_type(scope=Scope.VISITOR, description="A gift card or a balance holds less than needed.")
class InsufficientBalance(UserError):
    balance: Money = attribute("What is there.")
    needed: Money = attribute("What it takes.")


@object_type(scope=Scope.VISITOR, description="The coin wallet holds less than needed.")
class InsufficientCoins(UserError):
    balance: int = attribute("Coins in the wallet.")
    needed: int = attribute("Coins that it takes.")


described(
    EntryCondition,
    "What may be asked of those who take part.",
    BOUND_TO_HOST="To be bound to the guide who hosts the room.",
    PASSWORD="To have said the password in the room.",
    HAS_ORDERED="To have paid an order in the room.",
    LEAST_INVITED="To have invited so many into the room.",
)


@object_type(scope=Scope.VISITOR, description="What it takes to take part is not met.")
class ConditionUnmet(UserError):
    condition: EntryCondition = attribute("Which condition.")


@object_type(scope=Scope.VISITOR, description="It opens at a time to come.")
class OpensLater(UserError):
    opens_at: datetime = attribute("When.")


described(
    TipSpan,
    "What a limit of coins is for.",
    ONCE="One gift.",
    DAY="A day of the brand.",
    MONTH="A month of the brand.",
)


@object_type(scope=Scope.VISITOR, description="It would be more coins than one member may give.")
class TipLimited(UserError):
    span: TipSpan = attribute("For what the limit is.")
    most: Long = attribute("The limit, in coins.")


@object_type(scope=Scope.VISITOR, description="The caller does this more often than allowed.")
class RateLimited(UserError):
    retry_after_seconds: int = attribute("Whole seconds to wait.")
    retry_after_ms: int = attribute("Milliseconds to wait, as far as it is known that finely.")


@object_type(scope=Scope.VISITOR, description="The caller may not speak in this room.")
class Muted(UserError):
    until: datetime = attribute("Until when.")


@object_type(scope=Scope.VISITOR, description="The caller may not be in this room.")
class Kicked(UserError):
    until: datetime | None = attribute("Until when; null: as long as the room lasts, or for good.")


described(
    CouponReason,
    "Why a coupon cannot be used for a cart.",
    NOT_YET="Its time has not begun.",
    EXPIRED="Its time is over.",
    NOTHING_IN_SCOPE="Nothing in the cart is what it is for.",
    BELOW_THRESHOLD="Too little of what it is for is in the cart.",
    NOT_COMBINABLE="Another coupon is used, and the two do not go together.",
    NOT_NEEDED="There is nothing for it to bear.",
    NOT_YOURS="The caller has no such coupon.",
    CODE_UNKNOWN="No coupon hides behind the code.",
    IN_ANOTHER_ORDER="Another order holds it.",
    USED="It was used.",
    REVOKED="The brand took it away.",
    NONE_LEFT="All of these coupons were taken.",
    TAKEN_ENOUGH="The caller has had as many of them as one may.",
    OTHER_STORE="It is for what is bought from another store.",
    OTHER_GUIDE="It is for customers of another guide.",
    OTHER_COMMUNITY="It is for members of another community.",
)


@object_type(scope=Scope.VISITOR, description="A coupon that was asked for does not apply to the order.")
class CouponInapplicable(UserError):
    coupon_id: strawberry.ID = attribute("Which one.")
    reason: CouponReason = attribute("Why not.")
    lacking: Long = attribute("Fen below its threshold; 0 unless it is that.")


@object_type(scope=Scope.VISITOR, description="A promotion is used up, was used before, or stands in the way.")
class PromotionRefused(UserError):
    promotion_id: strawberry.ID = attribute("Which one.")


@object_type(scope=Scope.VISITOR, description="One variant keeps the rest from being ordered; the code says why.")
class VariantRefused(UserError):
    variant_id: strawberry.ID = attribute("Which one.")


@object_type(scope=Scope.VISITOR, description="It is more money than there is for it.")
class AmountExceeded(UserError):
    left: Money = attribute("How much is left: to pay, or to pay back.")


@object_type(scope=Scope.VISITOR, description="It is less money than has to go back with the units.")
class AmountTooLow(UserError):
    least: Money = attribute("How much goes back with them at least.")


@object_type(scope=Scope.VISITOR, description="So many of the member's orders wait for payment already.")
class UnpaidOrdersLimited(UserError):
    limit: int = attribute("How many may wait at once.")


@object_type(scope=Scope.VISITOR, description="An activity has not begun, is over, or is outside of its hours.")
class NotRunning(UserError):
    starts_at: datetime = attribute("From when it runs.")
    ends_at: datetime = attribute("Until when.")


@object_type(scope=Scope.VISITOR, description="A bargain sells at its lowest price only, and is not there yet.")
class HelpersLacking(UserError):
    helpers_left: int = attribute("How many helpers it still takes.")


@object_type(scope=Scope.VISITOR, description="Another flash sale sells the variant at a time of this one.")
class SeckillOverlaps(UserError):
    seckill_id: strawberry.ID = attribute("Which one.")


@object_type(scope=Scope.VISITOR, description="The object changed since it was read.")
class VersionConflict(UserError):
    current_version: int = attribute("The version that it has now.")


@object_type(scope=Scope.VISITOR, description="What every payload says beside its object.")
class Payload:
    """The payload of a mutation adds its object: a field that is None when the mutation was refused."""

    user_errors: list[UserError] = attribute("Why nothing was done; empty when it was.", default_factory=list)
    warnings: list[Warning] = attribute("What was done otherwise than asked.", default_factory=list)

    @classmethod
    def of(cls, **parts: Any) -> Self:
        """A payload of records of the domain, which are read like instances of the types here."""
        return cls(**parts)


USER_ERRORS = (
    Refused,
    InsufficientStock,
    QuantityMoved,
    AddressUnserved,
    InsufficientCoins,
    InsufficientPoints,
    InsufficientBalance,
    TipLimited,
    UnpaidOrdersLimited,
    RateLimited,
    VersionConflict,
    NotRunning,
    HelpersLacking,
    SeckillOverlaps,
    CouponInapplicable,
    PromotionRefused,
    VariantRefused,
    Muted,
    Kicked,
    ConditionUnmet,
    OpensLater,
    AmountExceeded,
    AmountTooLow,
)
