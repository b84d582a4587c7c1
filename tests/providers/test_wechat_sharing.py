"""Parts of payments for others, and paying people, through WeChat Pay and within its limits (product rules 2.11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from app.standins.gateways import MERCHANT_ID
from app.standins.telling import Post
from domain.gateways import (
    Provider,
    ProviderRefused,
    Receiver,
    Share,
    ShareOutcome,
    ShareReturn,
    Transfer,
    TransferOutcome,
    TransferTold,
)
from domain.money import Money
from domain.refusals import ProviderUnavailable
from providers.payments import SharesProfit, Transfers
from tests.makers_gateways import Street, a_payment, asking

STORE = Receiver("1900000200", Money(3_00), "门店分成", name="一号门店")
GUIDE = Receiver("o-guide", Money(2_00), "导购佣金", is_person=True)


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    street = Street()
    street.at_wechat.telling.post = Post.LOST
    yield street
    await street.client.aclose()


@pytest.fixture
def sharing(street: Street) -> SharesProfit:
    assert street.gateways.sharing is not None
    return street.gateways.sharing


@pytest.fixture
def transfers(street: Street) -> Transfers:
    assert street.gateways.transfers is not None
    return street.gateways.transfers


async def a_share(street: Street, *receivers: Receiver, minutes: float = 2, shares_profit: bool = True) -> Share:
    """A share of a payment of 20 yuan that was made so many minutes ago, to receivers that are known."""
    payment = a_payment(minor=20_00)
    await street.wechat_pay.prepare(payment, asking(shares_profit=shares_profit))
    trade = street.at_wechat.pay(payment.id.hex)
    street.later(minutes=minutes)
    for receiver in receivers:
        assert street.gateways.sharing is not None
        await street.gateways.sharing.add_receiver(receiver)
    return Share(uuid4(), trade.transaction_id, receivers)


def a_return(share: Share, minor: int = 1_00, account: str = STORE.account) -> ShareReturn:
    return ShareReturn(uuid4(), share.id, account, Money(minor), "退货")


async def test_parts_arrive_and_the_rest_is_the_merchants(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE, GUIDE)

    begun = await sharing.share_profit(share)
    done = await sharing.query_share(share)
    rest = await sharing.unfreeze_rest(Share(uuid4(), share.transaction, ()))

    assert not begun.finished
    assert done is not None
    assert (done.finished, [part.outcome for part in done.parts]) == (True, [ShareOutcome.SUCCEEDED] * 2)
    assert [(part.account, part.amount) for part in rest.parts] == [(MERCHANT_ID, Money(15_00))]


async def test_the_same_share_again_is_the_same(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE)

    first, second = [await sharing.share_profit(share) for _ in range(2)]

    assert first.reference == second.reference
    assert next(iter(street.at_wechat.trades.values())).shared() == 3_00


@pytest.mark.parametrize(
    ("shared", "code"),
    [
        pytest.param({"receivers": [Receiver("o-guide", Money(6_01), "佣金", is_person=True)]}, "RULE_LIMIT", id="more than 30 %"),
        pytest.param({"receivers": [GUIDE], "minutes": 0.9}, "INVALID_REQUEST", id="within the first minute"),
        pytest.param({"receivers": [GUIDE] * 51}, "PARAM_ERROR", id="more than 50 receivers"),
        pytest.param({"receivers": [GUIDE], "shares_profit": False}, "NOT_SHARE_ORDER", id="not announced to be shared"),
    ],
)  # fmt: skip
async def test_beyond_a_limit_nothing_is_shared(
    street: Street, sharing: SharesProfit, shared: dict[str, Any], code: str
) -> None:
    share = await a_share(street, *shared.pop("receivers"), **shared)

    with pytest.raises(ProviderRefused) as no:
        await sharing.share_profit(share)

    assert no.value.provider_code == code


async def test_nobody_gets_a_part_who_was_not_added(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street)

    with pytest.raises(ProviderRefused):
        await sharing.share_profit(Share(share.id, share.transaction, (GUIDE,)))


async def test_nothing_is_shared_once_the_rest_is_had(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, GUIDE)
    await sharing.unfreeze_rest(Share(uuid4(), share.transaction, ()))

    with pytest.raises(ProviderRefused):
        await sharing.share_profit(share)


async def test_a_store_gives_its_part_back_and_a_person_cannot(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE, GUIDE)
    await sharing.share_profit(share)
    wanted = a_return(share, 3_00)

    first, second = [await sharing.return_share(wanted) for _ in range(2)]
    known = await sharing.query_return(wanted)

    assert first.outcome is ShareOutcome.SUCCEEDED
    assert first == second == known
    for beyond in (a_return(share, 1), a_return(share, 1, GUIDE.account)):
        with pytest.raises(ProviderRefused):
            await sharing.return_share(beyond)
        assert await sharing.query_return(beyond) is None


async def test_a_part_goes_back_in_twenty_pieces_at_most(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE)
    await sharing.share_profit(share)
    for _ in range(20):
        await sharing.return_share(a_return(share, 1))

    with pytest.raises(ProviderRefused):
        await sharing.return_share(a_return(share, 1))


async def test_a_part_goes_back_within_half_a_year(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE)
    await sharing.share_profit(share)
    street.later(days=181)

    with pytest.raises(ProviderRefused):
        await sharing.return_share(a_return(share))


async def test_a_store_without_money_gives_nothing_back_now(street: Street, sharing: SharesProfit) -> None:
    share = await a_share(street, STORE)
    await sharing.share_profit(share)
    street.at_wechat.sharing.poor.add(STORE.account)

    with pytest.raises(ProviderRefused) as no:
        await sharing.return_share(a_return(share))

    assert no.value.later


def a_transfer(minor: int = 50_00, **other: Any) -> Transfer:
    return Transfer(uuid4(), "o-guide", Money(minor), "十一月佣金", "1005", **other)


async def test_a_person_has_the_money_after_saying_yes(street: Street, transfers: Transfers) -> None:
    street.at_wechat.telling.post = Post.AT_ONCE
    transfer = a_transfer()

    begun = await transfers.transfer(transfer)
    street.at_wechat.transfers.confirm(transfer.id.hex)
    (told,) = await street.told(Provider.WECHAT_PAY)
    known = await transfers.query_transfer(transfer)

    assert (begun.outcome, begun.confirmation is not None) == (TransferOutcome.AWAITING_PERSON, True)
    assert isinstance(told, TransferTold)
    assert (told.transfer_id, told.outcome, told.amount) == (transfer.id, TransferOutcome.SUCCEEDED, Money(50_00))
    assert known is not None
    assert known.outcome is TransferOutcome.SUCCEEDED


async def test_who_does_not_say_yes_within_a_day_gets_nothing(street: Street, transfers: Transfers) -> None:
    transfer = a_transfer()
    await transfers.transfer(transfer)

    street.later(hours=24)
    known = await transfers.query_transfer(transfer)

    assert known is not None
    assert (known.outcome, known.reason) == (TransferOutcome.FAILED, "OVERDUE_CLOSE")


async def test_the_same_transfer_again_is_the_same(street: Street, transfers: Transfers) -> None:
    transfer = a_transfer()

    first, second = [await transfers.transfer(transfer) for _ in range(2)]

    assert first.reference == second.reference
    assert len(street.at_wechat.transfers.bills) == 1


async def test_much_money_wants_a_name_which_only_wechat_can_read(street: Street, transfers: Transfers) -> None:
    named = a_transfer(2_000_00, name="李梅", reports=(("岗位类型", "导购"), ("报酬说明", "十一月佣金")))

    with pytest.raises(ProviderRefused):
        await transfers.transfer(a_transfer(2_000_00))
    await transfers.transfer(named)

    assert street.at_wechat.transfers.names == {named.id.hex: "李梅"}


async def test_a_transfer_whose_answer_was_lost_is_found(street: Street, transfers: Transfers) -> None:
    transfer = a_transfer()
    street.at_wechat.is_down = True
    with pytest.raises(ProviderUnavailable):
        await transfers.transfer(transfer)

    street.at_wechat.is_down = False

    assert await transfers.query_transfer(transfer) is not None
    assert await transfers.query_transfer(a_transfer()) is None


async def test_an_empty_account_pays_nobody(street: Street, transfers: Transfers) -> None:
    street.at_wechat.transfers.is_out_of_money = True

    with pytest.raises(ProviderRefused) as no:
        await transfers.transfer(a_transfer())

    assert no.value.later
