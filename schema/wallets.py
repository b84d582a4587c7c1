"""Wallets of guides, the terms on which money is taken out of them, and where it goes (R05)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import payouts, wallets
from domain import withdrawals as rules
from domain.identity import Scope
from domain.money import Money as Amount
from resolvers import payout_accounts
from resolvers import wallets as stories
from resolvers import withdrawals as requests
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, key_if
from schema.money import Money, MoneyInput

if TYPE_CHECKING:
    from schema.guides import Guide


@object_type(
    scope=Scope.MEMBER,
    description="What a guide is owed. Each amount is in one of these at a time; all but `debt` and `balance` are zero "
    "or more.",
    record=wallets.GuideWallet,
)
class GuideWallet:
    guide: Annotated[Guide, strawberry.lazy("schema.guides")] = batched(stories.guides_of, "Whose it is.")
    estimated: Money = attribute("What orders would earn that wait to be paid; not owed.")
    pending: Money = attribute("Earned with paid orders whose goods have not been received.")
    frozen: Money = attribute("Of goods that were received and can still be given back.")
    held: Money = attribute("Kept back because the guide is frozen or left.")
    available: Money = attribute("Can be taken out now.")
    debt: Money = attribute("Below zero: what went back after it was taken out. What is released next repays it.")
    balance: Money = derived(lambda wallet: wallet.balance, "Available less debt; below zero while the guide owes.")
    withdrawing: Money = attribute("On its way to the guide; what does not arrive comes back.")
    paid: Money = attribute("What arrived, all in all, without fees.")
    fees: Money = attribute("What was kept of it as fees.")


def _fen(name: str, description: str) -> Any:
    return derived(lambda terms: Amount(getattr(terms, name)), description)


@object_type(scope=Scope.MEMBER, description="On which terms guides take money out.", record=rules.WithdrawalTerms)
class WithdrawalTerms:
    least: Money = _fen("least", "The least at once.")
    most: Money = _fen("most", "The most at once.")
    most_a_day: Money = _fen("most_a_day", "The most on a day of the brand's calendar; what came back does not count.")
    times_a_day: int = attribute("How often on such a day.")
    fee_bp: int = attribute("The fee, in basis points of the amount, rounded down to a whole fen.")
    fee_least: Money = _fen("fee_least", "The fee is not less than this.")
    fee_most: Money | None = derived(
        lambda terms: None if terms.fee_most is None else Amount(terms.fee_most), "The fee is not more than this."
    )
    approved_up_to: Money = _fen("approved_up_to", "What is not more than this needs nobody's approval.")
    named_from: Money = derived(
        lambda _: Amount(rules.NAMED_FROM), "From when on WeChat wants the real name, after the fee is taken off."
    )
    cool_down_hours: int = derived(
        lambda terms: terms.cool_down // timedelta(hours=1),
        "For how many hours nothing is paid after the payout account changed.",
    )


@object_type(scope=Scope.MEMBER, description="What a withdrawal would be.", record=rules.Quote)
class WithdrawalQuote:
    amount: Money = attribute("What leaves the wallet.")
    fee: Money = attribute("What the brand keeps of it.")
    transferred: Money = derived(lambda quote: quote.transferred, "What arrives.")
    needs_approval: bool = attribute("Whether finance has to approve it.")
    needs_name: bool = attribute("Whether WeChat wants the real name.")


@object_type(
    scope=Scope.MEMBER,
    description="The WeChat that a guide's money goes to: the one by which they came to the mini-program, until they "
    "choose another.",
    record=payouts.PayoutAccount,
)
class PayoutAccount:
    openid_tail: str = derived(lambda one: one.openid[-4:], "The last four characters of its openid.")
    real_name: str | None = attribute("The real name that WeChat checks; null while none was given.")
    since: datetime = attribute("Since when it is the member's, or was chosen.")
    version: int = attribute("Rises with each change.")


async def _mine(
    ctx: Context,
    *,
    guide_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="A guide that the caller is or was; the present one, or the last, if left out."
        ),
    ] = None,
) -> Any:
    key = None if guide_id is None else key_if(Kind.GUIDE, guide_id)
    return None if guide_id is not None and key is None else await stories.mine(ctx, key)


async def _quote(
    ctx: Context, *, amount: Annotated[MoneyInput, strawberry.argument(description="What would leave the wallet.")]
) -> Any:
    return await requests.quote(ctx, amount.value())


@strawberry.type
class WalletQuery:
    my_wallet: GuideWallet | None = query(
        _mine,
        "What the caller is owed as a guide, also after they left; null for who never was one.",
        scope=Scope.MEMBER,
        cost=5,
    )
    my_wallets: list[GuideWallet] = query(
        stories.all_mine,
        "The wallets of every guide that the caller is or was, the present one first.",
        scope=Scope.MEMBER,
        cost=5,
    )
    withdrawal_terms: WithdrawalTerms = query(stories.terms, "How money is taken out.", scope=Scope.MEMBER)
    withdrawal_quote: WithdrawalQuote = query(
        _quote, "What taking an amount out would be, and cost.", scope=Scope.MEMBER
    )
    my_payout_account: PayoutAccount | None = query(
        payout_accounts.mine,
        "Where the caller's money goes; null for who never came by the mini-program.",
        scope=Scope.MEMBER,
    )


@strawberry.input(description="Where one's money is to go: the WeChat by which one came to the mini-program last.")
class PayoutAccountChooseInput:
    real_name: str | None = strawberry.field(
        default=None,
        description="The real name of whoever's WeChat it is, 1 to 40 characters; left as it is, if left out.",
    )
    phone_code: str | None = strawberry.field(
        default=None,
        description="A code that was sent to one's own phone (`phoneCodeRequest`): needed when it is another WeChat "
        "than before.",
    )


@object_type(scope=Scope.VISITOR, description="A payout account that was chosen.")
class PayoutAccountPayload(Payload):
    account: PayoutAccount | None = attribute("Where money goes from now on.", default=None)


async def _choose(ctx: Context, *, input: PayoutAccountChooseInput) -> Any:
    return PayoutAccountPayload.of(account=await payout_accounts.choose(ctx, input.real_name, input.phone_code))


@strawberry.type
class WalletMutation:
    payout_account_choose: PayoutAccountPayload | None = mutation(
        _choose,
        PayoutAccountPayload,
        "Say to which WeChat one's money goes; nothing is paid for a day after it becomes another one.",
        scope=Scope.MEMBER,
    )
