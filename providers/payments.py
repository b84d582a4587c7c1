"""Payment providers: what we ask of each, whoever it is.

Two ways of failing are told apart throughout. `ProviderUnavailable`: no proper answer came, so that nobody knows
whether it happened; ask (`query…`), or say the very same again, never the like under a new id. `ProviderRefused`:
it definitely did not happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from domain.gateways import (
    Asking,
    Message,
    Prepared,
    Receiver,
    RefundTold,
    Share,
    ShareReturn,
    ShareReturnTold,
    ShareTold,
    Told,
    Transfer,
    TransferTold,
)
from domain.payments import Payment, Refund


class PaymentProvider(Protocol):
    """Where members pay. Our number of a payment there is its id, and so is that of a refund."""

    async def prepare(self, payment: Payment, asking: Asking) -> Prepared:
        """Announce a payment, once or again, and return what the payer's client needs.

        Raises:
            ProviderUnavailable: nothing is known to have happened; the same may be said again.
            ProviderRefused: it cannot be paid like this, or is paid or closed already.
        """

    async def query(self, payment: Payment) -> Told | None:
        """What a lost notification would have told; None when nobody paid (yet).

        Raises:
            ProviderUnavailable: it is not known whether it was paid.
        """

    async def close(self, payment: Payment) -> None:
        """Have no money taken any more. Closing twice, and what was never announced, is no failure.

        Raises:
            ProviderUnavailable: it may still be paid.
            ProviderRefused: it was paid already.
        """

    async def refund(self, refund: Refund, payment: Payment) -> RefundTold:
        """Give money back. The same refund again is the same refund, however often.

        Raises:
            ProviderUnavailable: it may have been accepted; say the same again, or `query_refund`.
            ProviderRefused: it was not accepted: more than is left, more than 50 for one payment, less than
                a minute after another, later than a year (product rules 2.11), or an empty account.
        """

    async def query_refund(self, refund: Refund, payment: Payment) -> RefundTold | None:
        """How a refund stands; None when the provider knows none.

        Raises:
            ProviderUnavailable: it is not known how it stands.
        """

    async def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Message:
        """Check and read a notification. `headers` are looked up by lower-case names.

        Raises:
            SignatureWrong: it is forged, changed, stale, not meant for us or not to be read.
        """


class SharesProfit(Protocol):
    """Giving parts of a payment to others (分账). The payment was asked for with `shares_profit`.

    At most 30 % in all, not before a minute after the payment, at most 50 receivers at once; what is left is
    frozen until `unfreeze_rest` (product rules 2.11). Each method raises ProviderUnavailable and ProviderRefused.
    """

    async def add_receiver(self, receiver: Receiver) -> None:
        """Let an account receive parts. Adding it again is no failure."""

    async def share_profit(self, share: Share, *, unfreeze: bool = False) -> ShareTold:
        """Give parts of a payment, and with `unfreeze` have the rest. The same share again is the same."""

    async def query_share(self, share: Share) -> ShareTold | None:
        """How a share stands; None when the provider knows none."""

    async def return_share(self, wanted: ShareReturn) -> ShareReturnTold:
        """Take a part back: at most 20 times from one receiver, within 180 days."""

    async def query_return(self, wanted: ShareReturn) -> ShareReturnTold | None:
        """How the taking back stands; None when the provider knows none."""

    async def unfreeze_rest(self, share: Share) -> ShareTold:
        """Let the merchant have what is left; the share has no receivers, and nothing can be shared after it."""


class Transfers(Protocol):
    """Paying people (商家转账), who say yes in WeChat within 24 hours."""

    @property
    def payer(self) -> tuple[str, str]:
        """Who pays, as `wx.requestMerchantTransfer` wants it: the app's id, and the merchant's number."""

    async def cancel_transfer(self, transfer: Transfer) -> None:
        """Call a transfer off that nobody confirmed yet; `query_transfer` tells whether it came to that.

        Raises:
            ProviderUnavailable: it may have been called off.
            ProviderRefused: it cannot be called off any more.
        """

    async def transfer(self, transfer: Transfer) -> TransferTold:
        """Begin to pay a person. The same transfer again is the same.

        Raises:
            ProviderUnavailable: it may have been accepted; `query_transfer`.
            ProviderRefused: it was not accepted.
        """

    async def query_transfer(self, transfer: Transfer) -> TransferTold | None:
        """How a transfer stands; None when the provider knows none.

        Raises:
            ProviderUnavailable: it is not known how it stands.
        """
