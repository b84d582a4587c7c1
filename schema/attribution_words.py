"""Attribution in words: whose an order is and why, in Chinese and English, for those who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from domain.attribution import AttributionReason, Finding, Verdict
from domain.attribution_views import Explanation
from resolvers.context import Locale

Words: TypeAlias = tuple[str, str]
"""Chinese, English."""
Names: TypeAlias = Mapping[UUID, str]

REASONS: Mapping[AttributionReason, Words] = {
    AttributionReason.EXPLICIT_CODE: ("下单时填写的推广码", "the code given at checkout"),
    AttributionReason.LIVE_ROOM: ("下单所在的直播间", "the live room of the order"),
    AttributionReason.SHARE_TOUCH: ("打开过的分享", "a share that the buyer opened"),
    AttributionReason.BINDING: ("会员绑定的导购", "the guide whose customer the buyer is"),
    AttributionReason.CHANNEL: ("获客渠道", "the channel that brought the buyer"),
    AttributionReason.NONE: ("没有任何归属依据", "nothing that speaks for anybody"),
}
VERDICTS: Mapping[Verdict, Words] = {
    Verdict.CREDITED: ("订单据此归属", "the order is credited by it"),
    Verdict.OUTRANKED: ("有优先级更高的依据", "something stronger goes before it"),
    Verdict.UNKNOWN_CODE: ("推广码不存在", "nobody has this code"),
    Verdict.EXPIRED: ("已过期", "its time was over"),
    Verdict.OUT_OF_WINDOW: ("超出有效期,打开得太早", "it was opened too long before"),
    Verdict.NO_GUIDE: ("不属于任何导购", "it is no guide's"),
    Verdict.GUIDE_LEFT: ("导购已离职", "the guide had left"),
    Verdict.OWN_PURCHASE: ("自购不计佣金", "nobody earns by an own purchase"),
    Verdict.OTHER_TOUCH: ("多次打开分享,以另一次为准", "of several shares another one counts"),
    Verdict.PROTECTED_BINDING: ("会员在绑定保护期内,仅记助攻", "the buyer's guide is protected: it is an assist"),
    Verdict.BINDING_FIRST: ("品牌规则为绑定优先,仅记助攻", "a binding goes before shares here: it is an assist"),
    Verdict.HANDED_OVER: ("付款时会员已交接给其他导购", "the buyer had been handed over by the time of payment"),
}


def finding_words(finding: Finding, names: Names, locale: Locale) -> str:
    """What was found, and what became of it."""
    reason, verdict = REASONS[finding.reason], VERDICTS[finding.verdict]
    name = None if finding.guide_id is None else names.get(finding.guide_id)
    if locale is Locale.EN:
        return f"{_capital(reason[1])}{f' ({name})' if name else ''}: {verdict[1]}."
    return f"{reason[0]}{f'({name})' if name else ''}:{verdict[0]}。"


def summary(explanation: Explanation, names: Names, locale: Locale) -> str:
    """Whose the order is, in one sentence."""
    reason = REASONS[explanation.reason]
    name = None if explanation.guide_id is None else names.get(explanation.guide_id)
    if explanation.reason is AttributionReason.NONE:
        return "The order is nobody's: there was " + reason[1] + "." if locale is Locale.EN else f"无归属:{reason[0]}。"
    if locale is Locale.EN:
        return f"Credited to {name or 'no guide'} by {reason[1]}."
    return f"归属{name or '无导购'},依据:{reason[0]}。"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
