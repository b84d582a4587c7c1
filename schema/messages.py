"""What refusals say to people, in Chinese and English, by the name of the refusal."""

from __future__ import annotations

from domain.refusals import Refusal
from resolvers.context import Locale

MESSAGES: dict[str, tuple[str, str]] = {
    "BadInput": ("输入有误:{rule_zh}。", "The value is not accepted: {rule}."),
    "KeyInProgress": ("相同的请求正在处理,请稍候。", "The same request is still being handled; please wait."),
    "KeyReused": ("该幂等键已用于另一个请求。", "This idempotency key was used for another request."),
    "NotAllowed": ("您没有权限执行此操作。", "You may not do this."),
    "NotFound": ("未找到,或您无权查看。", "Not found."),
    "OutOfStock": ("库存不足,仅剩 {available} 件。", "Only {available} left in stock."),
    "ProviderUnavailable": ("服务暂时不可用,请稍后重试。", "The service is unavailable; please try again later."),
    "ResyncRequired": ("错过的消息已不再保留,请重新加载直播间。", "What was missed is gone; read the room again."),
    "SlugTaken": ("该标识已被占用。", "This slug, SKU or reference is taken."),
    "StaleVersion": ("内容已被他人修改,请刷新后重试。", "It was changed by somebody else; reload and try again."),
    "StockMoved": ("库存已变动,现为 {available} 件,请重新盘点。", "The stock has changed to {available}; count again."),
    "TooOften": ("操作太频繁,请 {retry_after_s} 秒后再试。", "Too often; try again in {retry_after_s} s."),
    "WrongState": ("当前状态({state})不允许此操作。", "Its state ({state}) does not allow this."),
}


def message_of(refusal: Refusal, locale: Locale) -> str:
    """The refusal in words. Every refusal has its words; a test holds us to that."""
    chinese, english = MESSAGES[type(refusal).__name__]
    template = english if locale is Locale.EN else chinese
    return template.format_map(vars(refusal))
