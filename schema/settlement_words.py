"""Settlement words: what is said of settlements wherever they are seen or described."""

from __future__ import annotations

from domain.settlements import Bearer, BillState, CutOff, FlowKind, SettlementCycle, SettlementMode
from schema.enums import described

described(
    SettlementMode,
    "Who takes the customers' money for what a store sells.",
    HQ_COLLECT="The brand, which pays the store what its bills say (总部代收).",
    STORE_COLLECT="The store; its bills hold what it has against what it is owed (门店自收).",
    PROFIT_SHARING="The brand, by a provider that shares it out (分账): paying a bill books the number of that.",
)
described(
    SettlementCycle,
    "How long the period of a bill is.",
    T_PLUS_N="One day; the bill is made some days after it.",
    WEEKLY="A week from Monday to Sunday.",
    MONTHLY="A month of the calendar.",
)
described(Bearer, "At whose expense something is.", HQ="The brand's.", STORE="The store's.")
described(
    CutOff,
    "By which of its days a flow belongs to a period.",
    FINALITY="The day since which its order cannot be given back: received, and the time for after-sales over.",
    EVENT="The day on which it came about.",
)
described(
    FlowKind,
    "What a flow is for. A bill is the sum of its flows, so what a store pays is below zero.",
    ORDER="What was paid for a line of an order, without shipping.",
    REFUND="What of that went back; below zero.",
    PLATFORM_FEE="The brand's fee on it; below zero.",
    PLATFORM_FEE_RETURN="The fee on what went back.",
    COMMISSION="A guide's commission on it, where the store bears it; below zero.",
    COMMISSION_CLAWBACK="What of that was clawed back.",
    COUPON_SUBSIDY="What coupons took off it, where the brand bears them.",
    COUPON_SUBSIDY_REVERSAL="What of that went with the goods that came back; below zero.",
    COLLECTED="What the store has taken from the customer itself; below zero.",
    COLLECTED_RETURN="What of that it gave back itself.",
    ADJUSTMENT="A correction, with its reason.",
)
described(
    BillState,
    "How far a bill has come.",
    DRAFT="It is made, and with finance; also after a dispute, in a new version.",
    OUT="The store has it to check (出账).",
    CHECKED="The store agrees (核对).",
    PAID="It is paid.",
)

PROFILE = {
    "mode": "Who takes the customers' money.",
    "cycle": "How long the period of a bill is.",
    "days": "Of T_PLUS_N: so many days after a day its bill is made, 1 to 90.",
    "platform_fee_bp": "The brand's fee on what is paid for goods, in basis points, 0 to 10,000.",
    "commission_bearer": "At whose expense guides' commissions are.",
    "coupon_bearer": "At whose expense coupons are: HQ gives the store back what they took off.",
    "cut_off": "By which of its days a flow belongs to a period.",
}
"""What each part of a profile is."""
