"""What refusals say to people, in Chinese and English, by the name of the refusal."""

from __future__ import annotations

from domain.refusals import Refusal
from resolvers.context import Locale

MESSAGES: dict[str, tuple[str, str]] = {
    "AddressNotServed": ("该地址不在配送范围内。", "Something in the order is not sent to this address."),
    "AlreadyAppointed": ("该会员已担任此职务。", "The member has this role here already."),
    "AlreadyGuide": ("您已是导购,或已提交申请。", "You are a guide, or have applied already."),
    "AddOnNotEarned": ("未满足加价购条件,或超过换购件数。", "The goods do not earn this add-on, or not so many of it."),
    "AgeUnverified": ("请先完成实名认证。", "Your age has to be verified first."),
    "AlreadyInGroup": (
        "您已在该团中,或已参加此活动的另一个未完成的团。",
        "You are in this group, or in another one of this group buy that is not over.",
    ),
    "AlreadyLive": ("您已有一场正在进行的直播。", "You have a room that is live already."),
    "AlreadyOnShelf": ("该商品已在货架上,或货架已满。", "It stands on this shelf already, or the shelf is full."),
    "AlreadyPublished": ("该商品已有进行中的同类活动。", "It is in another activity of this kind, which is not over."),
    "AlreadyReviewed": ("已评价过,每件商品只能评价一次、追评一次。", "It was reviewed before, or added to before."),
    "AlreadyRefunded": ("该打赏已退还。", "The gift was given back before."),
    "BadInput": ("输入有误:{rule_zh}。", "The value is not accepted: {rule}."),
    "BelowFloor": (
        "优惠后的价格低于最低限价,不能下单。",
        "At this price it cannot be ordered: it is below what it is ever sold for.",
    ),
    "BulletRejected": ("弹幕包含不允许的内容。", "The comment holds words that are not allowed here."),
    "BoundMeanwhile": ("会员的归属刚刚发生变化,请重试。", "Whose customer the member is has just changed; try again."),
    "CartClosed": ("购物车已下单或已合并。", "The cart was ordered, or merged into another."),
    "CodeInvalid": ("验证码错误或已失效。", "The code is wrong, used or expired."),
    "ComplaintIsOpen": (
        "您已就此投诉,正在处理中。",
        "You have complained about this before, and it is being looked into.",
    ),
    "GiftMissing": ("赠品已赠完,暂不能下单。", "A gift that comes along is out of stock."),
    "NoPayoutAccount": (
        "请先通过小程序用微信登录,再提现。",
        "Log in by WeChat in the mini-program first: that is where the money goes.",
    ),
    "PayoutAccountTooNew": (
        "收款账户刚变更,暂不能提现。",
        "Money goes to another account than before; none can be taken out yet.",
    ),
    "RealNameNeeded": ("单笔满 2000 元需先填写真实姓名。", "For 2,000.00 and more, give your real name first."),
    "StepUpRequired": (
        "更换收款账户需验证本人手机。",
        "To change where money goes, send along a code that was sent to your phone.",
    ),
    "NotAnnounced": ("该支付未标记为可分账。", "This payment was not announced as one of which others get parts."),
    "ShareTooLarge": ("分账金额超出上限。", "Others would get more of it than they may."),
    "ConditionNotMet": ("还不满足参与条件。", "What it takes to take part is not met yet."),
    "CouponCodeInvalid": ("兑换码无效或已被使用。", "The code is unknown, or somebody has redeemed it."),
    "CouponNotApplicable": ("该优惠券不适用于此订单。", "The coupon does not apply to this order."),
    "CouponNotOffered": ("该优惠券不可领取。", "This coupon cannot be had, or not in this way."),
    "CouponsGone": ("手慢了,优惠券已被领完。", "Others were faster: all of these coupons are taken."),
    "CodeTaken": ("该兑换码已存在。", "The code stands for a coupon already."),
    "ContentRejected": ("内容包含不允许发布的词语。", "The text holds words that are not allowed here."),
    "DayLimit": (
        "超出当日提现次数或金额上限,今日还可提现 {left} 分。",
        "More than may be taken out in a day; {left} fen are left today.",
    ),
    "FourEyes": ("不能处理自己的款项,请由他人处理。", "Nobody decides about money of their own: somebody else has to."),
    "ForLife": ("您已是终身会员,无需再购买。", "Your membership is for life; there is nothing more to buy."),
    "GuideCycle": ("邀请关系不能成环。", "Nobody is brought by those whom they brought."),
    "HasInviter": ("该导购已有邀请人,不能更改。", "The guide has an inviter, for good."),
    "GroupFull": ("该团已满员。", "All places of the group are taken."),
    "GroupOver": ("拼团已结束,此订单不能再支付。", "The group is over: this order can no longer be paid."),
    "InsufficientBalance": (
        "余额不足:需要 {needed} 分,可用 {balance} 分。",
        "Not enough money: {needed} fen needed, {balance} there.",
    ),
    "IsMirror": ("这是转播间,请在源直播间操作。", "The room shows another one: it is run there."),
    "InvoiceIsOpen": ("该订单已有发票或申请。", "There is an invoice about this order, or one was asked for."),
    "KeyInProgress": ("相同的请求正在处理,请稍候。", "The same request is still being handled; please wait."),
    "Kicked": ("您已被移出直播间。", "You were shown the door of this room."),
    "KeyReused": ("该幂等键已用于另一个请求。", "This idempotency key was used for another request."),
    "LeadIsOpen": ("该电话已提交过,我们会尽快联系您。", "This phone was left before; you will be called."),
    "LessThanPaid": ("未发货的商品须全额退款。", "What has not left goes back for all that was paid for it."),
    "LinkRejected": ("弹幕不能包含链接、口令或二维码。", "A comment cannot hold links, shopping codes or QR pictures."),
    "MemberClosed": ("该账号已注销。", "This account is closed."),
    "MethodNotOffered": ("暂不支持该支付方式。", "This way of paying is not offered."),
    "LotteryClosed": ("抽奖未开始或已结束。", "The lottery has not begun, or it is over."),
    "Minor": ("未成年人不能参与。", "Not for minors."),
    "MoreThanDue": ("超过订单的待付金额。", "It is more than is left to pay."),
    "PageNotPublished": (
        "小程序中没有该页面,或尚未发布。",
        "The mini-program has no such page, or it is not published yet.",
    ),
    "SharesNotWhole": (
        "各部门分成之和为 {total_bp} 个基点,应恰好为 10000。",
        "The shares come to {total_bp} basis points, and must come to 10,000.",
    ),
    "NoRealDiscount": (
        "近期曾以更低价格成交,不能标为优惠价。",
        "It was sold for less lately, so this may not be shown as a discount.",
    ),
    "NoChance": ("没有抽奖机会了。", "There is no chance left to draw."),
    "NoneLeft": ("手慢了,红包已被抢完。", "Others were faster: nothing is left."),
    "NoVideo": ("尚未配置直播服务商。", "No provider of live video is set up."),
    "Muted": (
        "您已被禁言至 {until:%Y-%m-%d %H:%M} (UTC)。",
        "You may not speak here until {until:%Y-%m-%d %H:%M} UTC.",
    ),
    "LinkNotAllowed": (
        "链接只能指向本品牌的域名(https)或小程序页面。",
        "The link must lead to a host of the brand by https, or to a page of the mini-program.",
    ),
    "NotAllowed": ("您没有权限执行此操作。", "You may not do this."),
    "NotAtFloor": (
        "还差 {helpers_left} 位好友帮砍,砍到底价后才能购买。",
        "It sells at its lowest price only; {helpers_left} more helpers are needed.",
    ),
    "NotBindable": ("不能与该导购绑定。", "This guide cannot be bound to."),
    "NotCancellable": ("订单当前状态({state})不能取消。", "The order ({state}) can no longer be cancelled."),
    "NotEligible": (
        "主播、工作人员和被移出直播间的观众不能参与。",
        "Hosts, staff and those who were shown the door take no part.",
    ),
    "NotEnoughPoints": (
        "积分不足:需要 {needed},可用 {balance}。",
        "Not enough points: {needed} needed, {balance} there.",
    ),
    "NotForEverybody": (
        "会员专享商品不能放进公开直播间。",
        "A product for members cannot stand on the shelf of an open room.",
    ),
    "NotEnoughCoins": (
        "金币不足:需要 {needed},余额 {balance}。",
        "Not enough coins: {needed} needed, {balance} in the wallet.",
    ),
    "NotForValue": (
        "储值和付费会员不能用余额或礼品卡购买。",
        "A balance or a membership cannot be bought with a balance or a gift card.",
    ),
    "NotFound": ("未找到,或您无权查看。", "Not found."),
    "NothingToInvoice": ("该订单没有可开票金额。", "Nothing of this order is to be invoiced."),
    "NothingToSettle": ("该账期没有待结算的流水。", "Nothing of this period is left to be settled."),
    "NotOpenYet": ("尚未开始,请稍候。", "It is not open yet; wait a little."),
    "NotMirrorable": ("该直播间未开放转播。", "The room is not open to mirrors."),
    "NotPayable": ("订单当前状态({state})不能支付,或已超过支付时间。", "The order ({state}) can no longer be paid."),
    "NotStarted": ("活动未开始或已结束。", "It has not begun, or is over."),
    "NotRefundable": ("可退金额不足。", "It is more than can go back."),
    "OfferGone": ("兑换名额不足,仅剩 {left} 件。", "Only {left} of the offer are left."),
    "OutOfStock": ("库存不足,仅剩 {available} 件。", "Only {available} left in stock."),
    "OrderOnHold": ("订单暂不可发货:{hold}。", "The order must not leave yet: {hold}."),
    "MoreThanLeft": ("可发货数量不足,仅剩 {left} 件。", "Only {left} are left to be sent."),
    "PriceChanged": ("价格已变化,请确认新的价格。", "The price has changed; please look at the new one."),
    "TooManyUnpaid": (
        "您已有 {limit} 个待付款订单,请先付款或取消。",
        "You have {limit} orders to pay already; please pay or cancel some.",
    ),
    "OverLimit": ("每人限购 {limit} 件。", "Limited to {limit} per member."),
    "PaymentOpen": (
        "订单已有支付,金额不能更改。",
        "A payment of the order is open or made: its amount cannot change.",
    ),
    "PriceOfPlay": (
        "活动商品不能单独减少数量,请取消订单。",
        "It was sold by a play: it stays whole, or the order is given up.",
    ),
    "PhoneTaken": ("该手机号已属于另一位会员。", "The phone belongs to another member."),
    "PrizeLapsed": ("领取时间已过。", "It was to be claimed earlier, and went back."),
    "PromotionOverlaps": (
        "与活动「{name}」的商品和时间冲突。",
        "It clashes with {name}, which has some of the same goods at the same time.",
    ),
    "PromotionUsedBefore": (
        "您已享受过该优惠,请重新确认价格。",
        "You have had this offer before; look at the price again.",
    ),
    "PromotionUsedUp": ("优惠已被抢完,请重新确认价格。", "Nothing of the offer is left; look at the price again."),
    "ProviderRefused": ("支付渠道拒绝了该操作。", "The payment provider refused this."),
    "ProviderUnavailable": ("服务暂时不可用,请稍后重试。", "The service is unavailable; please try again later."),
    "PurchaseOpen": ("您有一笔会员订单待支付。", "Another order for a membership waits to be paid."),
    "ResyncRequired": ("错过的消息已不再保留,请重新加载直播间。", "What was missed is gone; read the room again."),
    "RightsUsed": ("会员权益已使用,不能退款。", "Rights of the membership were used; it cannot be refunded."),
    "RoomClosed": ("直播未在进行({state})。", "The room is not live ({state})."),
    "RoomMuted": ("主播已开启全员禁言。", "Nobody may speak in this room now."),
    "SaidBefore": (
        "请勿重复发送相同内容,请 {retry_after_s} 秒后再试。",
        "You said so just now; try again in {retry_after_s} s.",
    ),
    "SelfHelp": ("不能给自己砍价。", "You cannot help yourself."),
    "SlotTaken": ("该规格在此时段已有秒杀活动。", "Another flash sale sells this variant at a time of this one."),
    "SlowMode": (
        "直播间已开启慢速模式,请 {retry_after_s} 秒后再发言。",
        "The room is in slow mode; try again in {retry_after_s} s.",
    ),
    "SlugTaken": ("该标识已被占用。", "This slug, SKU or reference is taken."),
    "StaleVersion": ("内容已被他人修改,请刷新后重试。", "It was changed by somebody else; reload and try again."),
    "StockMoved": ("库存已变动,现为 {available} 件,请重新盘点。", "The stock has changed to {available}; count again."),
    "TakenEnough": ("每人限领 {most} 张。", "Limited to {most} per member."),
    "TipLimit": ("打赏超过限额:{most} 金币。", "More than may be given: at most {most} coins."),
    "TokenInvalid": ("登录已失效,请重新登录。", "The login is no longer valid; log in again."),
    "TooLateToReopen": ("已超过重新投诉的期限(7 天)。", "It can be opened again for seven days only."),
    "TooMuchEvidence": ("最多 {most} 份凭证待审核。", "At most {most} pieces of evidence can wait for a decision."),
    "TooManyAtOnce": ("同时进行的不能超过 {most} 个。", "No more than {most} at once."),
    "TooManyAddresses": ("最多保存 20 个地址。", "At most 20 addresses can be kept."),
    "TooOften": ("操作太频繁,请 {retry_after_s} 秒后再试。", "Too often; try again in {retry_after_s} s."),
    "TrialUsed": ("体验会员每人仅限一次。", "A trial is for once only."),
    "TwoMembers": (
        "凭证属于不同的会员,不能自动合并。",
        "These proofs belong to two members; we never merge them unasked.",
    ),
    "WindowClosed": ("已超过售后申请期限。", "The time in which it could be asked for is over."),
    "WonEnough": (
        "近 30 天内已中奖 {most} 次,本次不能参与。",
        "You have won {most} times within 30 days, as often as one may.",
    ),
    "WorthTooMuch": ("单个奖品价值不得超过 50000 元。", "A single prize may be worth 50,000 yuan at most."),
    "UrgedJustNow": (
        "一小时内已催办过,请 {retry_after_s} 秒后再试。",
        "They were urged within the last hour; try again in {retry_after_s} s.",
    ),
    "UnitsSent": ("部分商品已发货,未发货仅 {unsent} 件。", "Only {unsent} have not left yet."),
    "UnitsUnsent": ("已发货商品仅 {sent} 件。", "Only {sent} have left."),
    "UnitsTaken": (
        "可申请售后的数量不足,仅剩 {free} 件。",
        "Only {free} are free: others went back, or are asked about.",
    ),
    "WebhookUrlForbidden": ("不能向该地址推送:{rule_zh}。", "Nothing is sent to this address: {rule}."),
    "WrongState": ("当前状态({state})不允许此操作。", "Its state ({state}) does not allow this."),
}

WARNINGS: dict[str, tuple[str, str]] = {
    "COUPON_REMOVED": ("部分优惠码您无法使用,已移除。", "Codes that you may not use were taken out of the cart."),
    "SHARE_CODE_IGNORED": ("分享码无效或已过期,已忽略。", "The share code is unknown or expired; it was ignored."),
    "TEXT_WAITS": ("弹幕审核通过后即可展示。", "It is shown once a moderator has approved it."),
    "TEXT_MASKED": ("部分词语已被屏蔽。", "Some words were masked."),
}


def message_of(refusal: Refusal, locale: Locale) -> str:
    """The refusal in words. Every refusal has its words; a test holds us to that."""
    chinese, english = MESSAGES[type(refusal).__name__]
    template = english if locale is Locale.EN else chinese
    return template.format_map(vars(refusal))


def warning_of(code: str, locale: Locale) -> str:
    """The warning in words."""
    chinese, english = WARNINGS[code]
    return english if locale is Locale.EN else chinese
