import{A as e,C as t,D as n,E as r,F as i,L as a,M as o,N as s,O as c,P as l,S as u,T as d,_ as f,_t as p,a as m,b as h,c as g,ct as _,d as v,dt as y,f as b,ft as x,gt as S,h as C,ht as w,i as T,j as E,k as D,l as ee,lt as te,m as O,mt as k,n as ne,o as re,p as A,pt as ie,st as j,t as ae,u as oe,vt as se,w as ce,y as le,yt as M}from"./shared-Dyq0hECo.js";var N={at:`home`,categoryId:null},ue=`cart`;function de(e){let t=new URLSearchParams(e),n=e=>t.get(e)??``;return t.has(`product`)?{at:`product`,slug:n(`product`)}:t.has(`group`)?{at:`group`,id:n(`group`)}:t.has(`order`)?{at:`order`,id:n(`order`),isToBePaid:t.has(`pay`)}:t.has(`orders`)?{at:`orders`}:t.has(`cart`)?{at:`cart`}:t.has(`buy`)?{at:`checkout`,basket:fe(t)}:{at:`home`,categoryId:t.get(`category`)}}function fe(e){let t=e.get(`buy`);if(t===ue)return{of:`cart`};let n=Math.min(999,Math.max(1,Number(e.get(`n`))||1)),r=e.has(`seckill`)?`SECKILL`:e.has(`groupbuy`)?`GROUP`:null,i=e.get(`seckill`)??e.get(`groupbuy`)??``;return{of:`product`,variantId:t,quantity:n,play:r&&{kind:r,id:i,groupId:e.get(`join`)}}}function P(e,t=location.search){let n=new URLSearchParams(t),r=new URLSearchParams(pe(e));for(let e of[`lang`,`share`])n.has(e)&&r.set(e,n.get(e));let i=r.toString().replace(/=(?=&|$)/g,``);return location.pathname+(i&&`?${i}`)}function pe(e){switch(e.at){case`home`:return e.categoryId?{category:e.categoryId}:{};case`product`:return{product:e.slug};case`order`:return{order:e.id,...e.isToBePaid&&{pay:``}};case`group`:return{group:e.id};case`checkout`:return me(e.basket);default:return{[e.at]:``}}}function me(e){if(e.of===`cart`)return{buy:ue};let{variantId:t,quantity:n,play:r}=e;return{buy:t,n:String(n),...r&&{[r.kind===`GROUP`?`groupbuy`:`seckill`]:r.id},...r?.groupId&&{join:r.groupId}}}var F=`{ minor currency }`,I=`
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,he=`
  fragment Quote on CartQuote {
    quoteId
    lines {
      variantId
      quantity
      listPrice ${F}
      payable ${F}
      unitPayable ${F}
      points
      steps { ...Step }
      available
      inStock
    }
    gifts { variantId quantity value ${F} }
    missingGifts { variantId missing }
    steps { ...Step }
    goods ${F}
    shipping ${F}
    shippingDiscount ${F}
    total ${F}
    pointsUsed
    pointsEarned
    validUntil
    refusedCoupons { couponId reason lacking ${F} }
    canBeOrdered
  }
  ${`
  fragment Step on PriceStep { stage kind name amount ${F} }`}`,ge=`
  fragment Outdated on QuoteOutdated { quote { ...Quote } }
  ${he}`,_e=`
  fragment Template on CouponTemplate {
    id
    name
    description
    kind
    amount ${F}
    offBp
    cap ${F}
    threshold ${F}
    perPerson
    left
    takenByMe
    endsAt
    days
  }`,L=`
  fragment Team on BuyingGroup {
    id
    state
    size
    seatsLeft
    expiresAt
    overAt
    winners
    members { member { id nickname avatarUrl } leads won }
  }`,ve=`
  fragment Flash on Seckill {
    id
    name
    price ${F}
    stock
    remaining
    startsAt
    endsAt
    limitPerOrder
    limitPerMember
  }`,ye=`
  fragment Together on GroupBuy {
    id
    name
    size
    startsAt
    endsAt
    limitPerOrder
    winners
    prices { variantId price ${F} leaderPrice ${F} }
  }`,be=`
  fragment Card on Product {
    id
    slug
    name
    brief
    priceRange { minimum ${F} maximum ${F} }
    media(first: 1) { url alt }
    promotions { promotionId name summary }
  }`,xe=`
  query Home($where: ProductWhere) {
    categories { id name children { id } }
    seckills(first: 6) {
      nodes { ...Flash variant { id name pictureUrl price ${F} } product { slug name } }
    }
    groupBuys(first: 6) { nodes { ...Together product { slug name media(first: 1) { url } priceRange { minimum ${F} } } } }
    couponsToTake { ...Template }
    products(first: 40, where: $where) { nodes { ...Card } }
  }
  ${be}
  ${ve}
  ${ye}
  ${_e}`,Se=`
  query Product($slug: String!) {
    product(slug: $slug) {
      ...Card
      detailHtml
      attributes { name value }
      options { name values }
      pictures: media(first: 8) { url alt }
      variants {
        id
        name
        optionValues
        price ${F}
        listPrice ${F}
        memberPrice ${F}
        pictureUrl
        available
        promotions { promotionId name summary endsAt exclusive }
      }
      seckills { ...Flash variant { id } }
      groupBuy { ...Together groups { ...Team } }
      rating { count averageTenths }
      reviews(first: 5) { nodes { id author { nickname } stars text pictures variantName createdAt reply } }
    }
  }
  ${be}
  ${ve}
  ${ye}
  ${L}`,Ce=`
  query CouponsToTake($productId: ID!) { couponsToTake(productId: $productId) { ...Template } }
  ${_e}`,we=`
  mutation CouponTake($input: CouponTakeInput!) {
    couponTake(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${I}`,Te=`
  mutation CouponRedeem($input: CouponRedeemCodeInput!) {
    couponRedeemCode(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${I}`,Ee=`
  query Purse {
    me {
      addresses { id name phone province city district line isDefault }
      points { balance }
      coupons(first: 50) { nodes { id endsAt template { ...Template } } }
    }
  }
  ${_e}`,De=`
  query BestCoupons($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    bestCoupons(lines: $lines, terms: $terms) {
      best { id }
      saved ${F}
      others { id }
      refused { couponId reason lacking ${F} }
    }
  }`,Oe=`
  query Quote($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    cartQuote(lines: $lines, terms: $terms) { ...Quote }
  }
  ${he}`,ke=`
  query Variants($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Variant { id name pictureUrl product { slug name } } }
  }`,Ae=`
  query PickUpStores($variantIds: [ID!]!) {
    pickUpStores(variantIds: $variantIds) { hasAll store { id name address openingHours } }
  }`,je=`
  fragment Basket on Cart {
    id
    orderId
    couponIds
    lines {
      id
      variantId
      variant { id name pictureUrl product { slug name } }
      quantity
      selected
      addOnOf
      unitPrice ${F}
      addedPrice ${F}
      priceChanged
      available
      inStock
    }
    quote { ...Quote }
  }
  ${he}`,Me=`
  query Cart($id: ID) { cart(id: $id) { ...Basket } }
  ${je}`,R=(e,t)=>`
  mutation Cart($input: ${t}!) { told: ${e}(input: $input) { cart { ...Basket } userErrors { ...Refusal } } }
  ${je}
  ${I}`,Ne=R(`cartCreate`,`CartCreateInput`),Pe=R(`cartLinesAdd`,`CartLinesAddInput`),Fe=R(`cartLinesUpdate`,`CartLinesUpdateInput`),Ie=R(`cartLinesRemove`,`CartLinesRemoveInput`),Le=R(`cartCouponsApply`,`CartCouponsInput`),Re=R(`cartCouponsRemove`,`CartCouponsInput`),ze=R(`cartAttach`,`CartAttachInput`),Be=(e,t)=>`
  mutation Place($input: ${t}!) {
    told: ${e}(input: $input) { order { id } userErrors { ...Refusal ...Outdated } }
  }
  ${I}
  ${ge}`,Ve=Be(`orderPlace`,`OrderPlaceInput`),He=Be(`cartComplete`,`CartCompleteInput`),Ue=`
  fragment OrderStep on OrderPriceStep { stage kind name amount ${F} }`,We=`
  query Orders($after: String) {
    myOrders(first: 20, after: $after) {
      nodes {
        id
        number
        state
        hold
        total ${F}
        refunded ${F}
        placedAt
        lines { id name variantName pictureUrl quantity payable ${F} }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,z=`
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity }
    amount ${F}
    deducted ${F}
    reason
    answer
    carrier
    trackingNumber
    createdAt
  }`,Ge=`
  query ShopOrder($id: ID!) {
    order(id: $id) {
      id
      number
      state
      hold
      goods ${F}
      shipping ${F}
      total ${F}
      paid ${F}
      refunded ${F}
      pointsUsed
      delivery
      pickUpStoreId
      note
      placedAt
      payBefore
      paidAt
      shippedAt
      receivedAt
      address { name phone province city district line }
      steps { ...OrderStep }
      lines {
        id
        kind
        name
        variantName
        pictureUrl
        quantity
        listPrice ${F}
        payable ${F}
        unitPaid ${F}
        unitPoints
        steps { ...OrderStep }
        product { slug }
      }
      payments { id state method amount ${F} refunded ${F} paidAt }
      refunds { id state amount ${F} reason createdAt finishedAt }
      shipments { id state carrier trackingNumber sentAt receivedAt packed { orderLineId quantity } }
      afterSales { ...Claim }
      buyingGroup { ...Team }
    }
  }
  ${Ue}
  ${z}
  ${L}`,Ke=`
  query Reviewable { reviewableLines(first: 50) { nodes { orderLineId orderId } } }`,qe=`
  mutation ReviewAdd($input: ReviewAddInput!) { told: reviewAdd(input: $input) { review { id } userErrors { ...Refusal } } }
  ${I}`;`${I}`,`${I}`;var Je=`
  mutation AfterSaleApply($input: AfterSaleApplyInput!) {
    told: afterSaleApply(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  ${z}
  ${I}`;`${z}${I}`,`${z}${I}`,`${I}`;var Ye=`
  query Group($id: ID!) {
    buyingGroup(id: $id) {
      ...Team
      groupBuy {
        ...Together
        product { id slug name brief media(first: 1) { url alt } variants { id name price ${F} available } }
      }
    }
  }
  ${L}
  ${ye}`,Xe=M(null);function B(){return w(Xe)}var Ze=M(null),Qe=`cart`;function V(){return w(Ze)}function $e({children:e}){let t=B(),{me:n}=c(),[r,i]=k(),a=S(()=>{let e=async()=>i(await et(t)),n=async(e,n)=>{let{told:r}=await t.request(e,{input:n});return r.cart&&i(r.cart),r.userErrors[0]??null};return{reload:e,change:e=>n(Fe,{cartId:r.id,lines:[e]}),remove:e=>n(Ie,{cartId:r.id,lineIds:[e]}),add:async(e,r)=>{let a=await tt(t);return i(a),n(Pe,{cartId:a.id,lines:[{variantId:e,quantity:r}]})}}},[t,r?.id]);y(()=>void a.reload().catch(()=>{}),[t,n?.id]);let o=r?.lines.reduce((e,{quantity:t})=>e+t,0)??0;return s(Ze.Provider,{value:{cart:r,count:o,...a},children:e})}async function et(e){let t=d(Qe),n=e.session.accessToken!==null;if(n&&t&&(r(Qe,null),await e.request(ze,{input:{cartId:t}})),!n&&!t)return null;let{cart:i}=await e.request(Me,{id:n?null:t});return i?.orderId?null:i}async function tt(e){let t=await et(e);if(t)return t;let{told:n}=await e.request(Ne,{input:{}});return e.session.accessToken||r(Qe,n.cart.id),n.cart}var nt={shop:`Banmu`,rooms:`Live rooms`,login:`Log in to buy`,loginNote:`Log in with your phone; newcomers are signed up`,all:`All`,home:`Home`,cart:`Cart`,cartOf:e=>`Cart, ${e} items`,orders:`My orders`,loginShort:`Log in`,back:`Back`,gone:`It is not here any more, or never was`,toShop:`To the shop`,from:`up`,flash:`Flash sales`,flashLeft:e=>`${e} left`,flashBuy:`Buy in the flash sale`,startsIn:`Starts in`,endsIn:`Ends in`,days:e=>`${e} d`,over:`Over`,together:`Group buys`,sizeOf:e=>`Group of ${e}`,togetherBuy:e=>`Begin a group: ${e}`,leaderSaves:e=>`${e} for who begins`,joinGroup:`Join`,groupsForming:`Groups to join`,missing:e=>`${e} more needed`,viewGroup:`See the group`,promotions:`Offers`,memberPrice:e=>`Members from ${e}`,available:e=>`${e} in stock`,soldOut:`Sold out`,few:e=>`Only ${e} left`,addToCart:`Add to cart`,added:`It is in the cart`,buyNow:`Buy now`,details:`Details`,reviews:e=>`Reviews (${e})`,reviewsNone:`No reviews yet`,rating:e=>`${e} of 5`,starsOf:e=>`${e} stars`,anonymous:`Anonymous`,replied:`The shop replies`,until:e=>`until ${e}`,exclusive:`Not with other offers`,couponsToTake:`Coupons`,take:`Take`,taken:`Taken`,couponOff:e=>`${e} off`,couponPercent:e=>`${e} % off`,couponShipping:`Free shipping`,couponExchange:`Exchange`,couponFrom:e=>`from ${e}`,couponAny:`No minimum`,couponCap:e=>`at most ${e} off`,couponDays:e=>`Good for ${e} days`,couponUntil:e=>`Good until ${e}`,coupon:`Coupons`,couponsNone:`No coupons`,couponsPicked:e=>`${e} picked`,couponBest:`Best`,couponCode:`Code`,redeem:`Redeem`,redeemed:`Redeemed: it is among your coupons`,couponReason:{NOT_YET:`Not valid yet`,EXPIRED:`Expired`,NOTHING_IN_SCOPE:`Not for these goods`,BELOW_THRESHOLD:`Below its minimum`,NOT_COMBINABLE:`Not with the picked one`,NOT_NEEDED:`Nothing for it to bear`,NOT_YOURS:`Not yours`,CODE_UNKNOWN:`Unknown code`,IN_ANOTHER_ORDER:`Held by an unpaid order`,USED:`Used`,REVOKED:`Revoked`,NONE_LEFT:`None left`,TAKEN_ENOUGH:`You have had enough of it`,OTHER_STORE:`Of another store`,OTHER_GUIDE:`Of another guide`,OTHER_COMMUNITY:`For others`},lacking:e=>`${e} short`,cartEmpty:`The cart is empty`,lookAround:`Look around`,selectOf:e=>`Select ${e}`,remove:`Remove`,removeOf:e=>`Remove ${e}`,priceWas:e=>`was ${e}`,unavailable:`No longer to be had`,toCheckout:e=>`Check out (${e})`,cartNote:`Coupons, points and shipping come next`,delivery:`Delivery`,ship:`Ship`,pickUp:`Pick up`,addressNone:`Add an address`,addressSave:`Save the address`,addressFirst:`Choose an address first`,storesNone:`No store to pick it up from`,storeLacks:`Not everything is there`,goodsTitle:`Goods`,usePoints:`Use points`,pointsHave:e=>`${e} points`,pointsUsed:e=>`${e} points used`,pointsEarned:e=>`Earns ${e} points once received`,note:`A note to the shop (optional)`,place:`Place the order`,priceChanged:`The price changed: look at the new one, then place the order again`,validUntil:e=>`This price holds until ${e}`,cannotOrder:`Something cannot be had: go back and change it`,lineShort:e=>`Only ${e} can be had`,explain:`How the price came about`,explainOf:e=>`How the price of ${e} came about`,listed:`List price`,listedSum:`List prices`,payable:`To pay`,goods:`Goods`,shippingFee:`Shipping`,shipping:`Shipping`,due:`Total`,eachPaid:`Each`,gift:`Gift`,addOn:`Add-on`,giftMissing:e=>`${e} gifts out of stock`,step:{LEVEL_PRICE:`Price of your level`,PRICE_LIST:`Your price`,COUPON:`Coupon`,POINTS:`Points`,FREE_SHIPPING:`Free shipping`,SECKILL:`Flash sale`,GROUP:`Group price`,BARGAIN:`Bargain`,LIVE:`Live price`,POINTS_OFFER:`For points`},payGo:`Pay`,payWithin:`Please pay within`,free:`Nothing to pay`,ordersNone:`No orders yet`,nextPage:`More`,number:e=>`No. ${e}`,state:{PLACED:`To be paid`,PAID:`To be sent`,SHIPPED:`On its way`,RECEIVED:`Received`,COMPLETED:`Completed`,CANCELLED:`Cancelled`,REFUNDING:`Being refunded`,REFUNDED:`Refunded`},hold:{GROUP_FORMING:`Its group is filling`,GROUP_DRAW:`To be drawn`},itemsOf:e=>`${e} items`,placedAt:`Placed`,paidAt:`Paid`,shippedAt:`Sent`,receivedAt:`Received`,cancelOrder:`Cancel the order`,receive:`I have it`,packages:`Packages`,handedOver:`Picked up`,packageState:{SENT:`On its way`,RECEIVED:`Received`,CANCELLED:`Taken back`},payments:`Payments and refunds`,paymentState:{UNKNOWN:`Being confirmed`,PENDING:`To be paid`,CLOSING:`Closing`,CLOSED:`Closed`,PAID:`Paid`,REFUND_DUE:`Too much, going back`},method:{SANDBOX:`Sandbox`,BALANCE:`Balance`,GIFT_CARD:`Gift card`},refundState:{REQUESTED:`Waiting`,UNKNOWN:`On its way`,PROCESSING:`On its way`,ABNORMAL:`Being looked at`,SUCCEEDED:`Back with you`,FAILED:`Tried again`},refund:`Refund`,refundedOf:e=>`${e} refunded`,review:`Review`,reviewOf:e=>`Review ${e}`,stars:`Stars`,reviewText:`How is it? (optional)`,anonymously:`Without my name`,reviewSend:`Publish`,afterSale:`After-sales`,afterSaleApply:`Something is wrong`,kind:{REFUND_ONLY:`Refund`,RETURN_REFUND:`Return and refund`,EXCHANGE:`Exchange`},whatAndMany:`What, and how many`,kindLabel:`What should be done`,reason:`Why`,reasons:[`Changed my mind`,`Ordered by mistake`,`Not as described`,`Poor quality`,`Missing or broken`],estimated:`To come back`,submit:`Send`,claimState:{APPLIED:`The shop is asked`,AGREED:`Please send it back`,RETURNING:`On its way back`,REFUNDING:`Being refunded`,COMPLETED:`Completed`,CANCELLED_BY_BUYER:`Withdrawn`,REJECTED:`The shop said no`,REFUSED:`The shop did not take it`},claimed:`For the units`,deducted:`Less gifts kept`,comesBack:`Comes back`,cancelClaim:`Withdraw`,carrier:`Carrier`,trackingNumber:`Tracking number`,shipBack:`I sent it back`,group:`Group`,groupState:{WAITING:`Waiting for its first payment`,FORMING:`Filling`,SUCCEEDED:`Complete`,FAILED:`Not filled`},leader:`Leads`,seat:`Free`,winnersOf:e=>`${e} are drawn who get the goods; the others get their money back`,won:`Won`,invite:`Invite friends`,linkCopied:`The link is copied: send it to friends`,linkCopy:`Copy this link and send it to friends`,leave:`Leave the group`,leaveNote:`All that you paid comes back. Leave?`,leaveYes:`Leave`,keep:`Stay`,myOrder:`My order`},rt={shop:`半亩方塘`,rooms:`直播间`,login:`登录后购买`,loginNote:`用手机号登录,新朋友会自动注册`,all:`全部`,home:`首页`,cart:`购物车`,cartOf:e=>`购物车,${e} 件`,orders:`我的订单`,loginShort:`登录`,back:`返回`,gone:`它不在这里了,或者从未有过`,toShop:`回到首页`,from:`起`,flash:`限时秒杀`,flashLeft:e=>`剩 ${e} 件`,flashBuy:`立即秒杀`,startsIn:`距开始`,endsIn:`距结束`,days:e=>`${e} 天`,over:`已结束`,together:`拼团`,sizeOf:e=>`${e} 人团`,togetherBuy:e=>`${e} 开团`,leaderSaves:e=>`团长价 ${e}`,joinGroup:`参团`,groupsForming:`可以直接参与的团`,missing:e=>`还差 ${e} 人`,viewGroup:`看看这个团`,promotions:`优惠`,memberPrice:e=>`会员价低至 ${e}`,available:e=>`还有 ${e} 件`,soldOut:`已售完`,few:e=>`仅剩 ${e} 件`,addToCart:`加入购物车`,added:`已放进购物车`,buyNow:`立即购买`,details:`详情`,reviews:e=>`评价 ${e}`,reviewsNone:`还没有人评价`,rating:e=>`${e} 分`,starsOf:e=>`${e} 星`,anonymous:`匿名用户`,replied:`店铺回复`,until:e=>`${e} 前`,exclusive:`不与其他优惠同享`,couponsToTake:`领券`,take:`领取`,taken:`已领取`,couponOff:e=>`减 ${e}`,couponPercent:e=>`${e} 折`,couponShipping:`包邮`,couponExchange:`兑换`,couponFrom:e=>`满 ${e} 可用`,couponAny:`无门槛`,couponCap:e=>`最多减 ${e}`,couponDays:e=>`领取后 ${e} 天内有效`,couponUntil:e=>`有效期至 ${e}`,coupon:`优惠券`,couponsNone:`没有可用的优惠券`,couponsPicked:e=>`已选 ${e} 张`,couponBest:`推荐`,couponCode:`优惠码`,redeem:`兑换`,redeemed:`兑换成功,已放进券包`,couponReason:{NOT_YET:`还没到使用时间`,EXPIRED:`已过期`,NOTHING_IN_SCOPE:`没有适用的商品`,BELOW_THRESHOLD:`未达到使用门槛`,NOT_COMBINABLE:`不能与已选的券同用`,NOT_NEEDED:`这单用不上`,NOT_YOURS:`不是你的券`,CODE_UNKNOWN:`优惠码不存在`,IN_ANOTHER_ORDER:`被另一笔未付订单占用`,USED:`已使用`,REVOKED:`已作废`,NONE_LEFT:`已领完`,TAKEN_ENOUGH:`已达领取上限`,OTHER_STORE:`仅限指定门店`,OTHER_GUIDE:`仅限指定导购的客户`,OTHER_COMMUNITY:`仅限指定人群`},lacking:e=>`还差 ${e}`,cartEmpty:`购物车还是空的`,lookAround:`去逛逛`,selectOf:e=>`选中 ${e}`,remove:`移除`,removeOf:e=>`移除 ${e}`,priceWas:e=>`放入时 ${e}`,unavailable:`已下架或售完`,toCheckout:e=>`去结算(${e})`,cartNote:`优惠券、积分和运费在下一步计算`,delivery:`收货方式`,ship:`快递到家`,pickUp:`到店自提`,addressNone:`添加收货地址`,addressSave:`保存地址`,addressFirst:`请先选择收货地址`,storesNone:`附近没有可以自提的门店`,storeLacks:`部分商品缺货`,goodsTitle:`商品`,usePoints:`使用积分`,pointsHave:e=>`共 ${e} 积分`,pointsUsed:e=>`使用 ${e} 积分`,pointsEarned:e=>`收货后得 ${e} 积分`,note:`给店铺留言(选填)`,place:`提交订单`,priceChanged:`价格有变化,请看过新的价格再提交`,validUntil:e=>`此价格保留到 ${e}`,cannotOrder:`有商品不能购买,请返回修改`,lineShort:e=>`只能买 ${e} 件`,explain:`价格明细`,explainOf:e=>`${e} 的价格明细`,listed:`原价`,listedSum:`商品原价`,payable:`实付`,goods:`商品合计`,shippingFee:`运费`,shipping:`运费合计`,due:`应付`,eachPaid:`每件`,gift:`赠品`,addOn:`加价购`,giftMissing:e=>`赠品缺货 ${e} 件`,step:{LEVEL_PRICE:`会员等级价`,PRICE_LIST:`专属价`,COUPON:`优惠券`,POINTS:`积分抵扣`,FREE_SHIPPING:`包邮`,SECKILL:`秒杀价`,GROUP:`拼团价`,BARGAIN:`砍价`,LIVE:`直播价`,POINTS_OFFER:`积分换购`},payGo:`去支付`,payWithin:`请尽快支付,剩余`,free:`无需支付`,ordersNone:`还没有订单`,nextPage:`更多`,number:e=>`订单号 ${e}`,state:{PLACED:`待付款`,PAID:`待发货`,SHIPPED:`运输中`,RECEIVED:`已收货`,COMPLETED:`已完成`,CANCELLED:`已取消`,REFUNDING:`退款中`,REFUNDED:`已退款`},hold:{GROUP_FORMING:`等待成团`,GROUP_DRAW:`等待开奖`},itemsOf:e=>`共 ${e} 件`,placedAt:`下单`,paidAt:`付款`,shippedAt:`发货`,receivedAt:`收货`,cancelOrder:`取消订单`,receive:`确认收货`,packages:`包裹`,handedOver:`门店自提`,packageState:{SENT:`运输中`,RECEIVED:`已签收`,CANCELLED:`已撤回`},payments:`付款与退款`,paymentState:{UNKNOWN:`确认中`,PENDING:`待支付`,CLOSING:`关闭中`,CLOSED:`已关闭`,PAID:`已支付`,REFUND_DUE:`多付,退回中`},method:{SANDBOX:`沙箱支付`,BALANCE:`余额`,GIFT_CARD:`礼品卡`},refundState:{REQUESTED:`等待退回`,UNKNOWN:`退回中`,PROCESSING:`退回中`,ABNORMAL:`处理中`,SUCCEEDED:`已退回`,FAILED:`重试中`},refund:`退款`,refundedOf:e=>`已退 ${e}`,review:`评价`,reviewOf:e=>`评价 ${e}`,stars:`评分`,reviewText:`说说用下来怎么样(选填)`,anonymously:`匿名评价`,reviewSend:`发表评价`,afterSale:`售后`,afterSaleApply:`申请售后`,kind:{REFUND_ONLY:`仅退款`,RETURN_REFUND:`退货退款`,EXCHANGE:`换货`},whatAndMany:`哪些商品,各几件`,kindLabel:`希望怎么处理`,reason:`原因`,reasons:[`不想要了`,`拍错了`,`与描述不符`,`质量问题`,`少件或破损`],estimated:`预计退回`,submit:`提交申请`,claimState:{APPLIED:`等待店铺处理`,AGREED:`请寄回商品`,RETURNING:`商品寄回中`,REFUNDING:`退款中`,COMPLETED:`已完成`,CANCELLED_BY_BUYER:`已撤销`,REJECTED:`店铺未同意`,REFUSED:`店铺拒收`},claimed:`申请退回`,deducted:`扣除未退的赠品`,comesBack:`退回`,cancelClaim:`撤销申请`,carrier:`快递公司`,trackingNumber:`快递单号`,shipBack:`已寄回`,group:`拼团`,groupState:{WAITING:`等待团长付款`,FORMING:`拼团中`,SUCCEEDED:`拼团成功`,FAILED:`拼团未成`},leader:`团长`,seat:`虚位以待`,winnersOf:e=>`成团后抽 ${e} 人得商品,其余全额退款`,won:`中奖`,invite:`邀请好友参团`,linkCopied:`链接已复制,发给好友吧`,linkCopy:`复制这个链接,发给好友吧`,leave:`退出拼团`,leaveNote:`退出后全额退款,确定吗?`,leaveYes:`确定退出`,keep:`再想想`,myOrder:`我的订单`};function it(e,t){let n=i(e,t);return{...n,...n.lang===`en`?nt:rt}}var at=M(null);function H(){return w(at)}function U({of:{minor:e,currency:t}}){return s(`span`,{class:`amount`,children:O(e,t)})}function W(e,t){return{...e,minor:e.minor*t}}function G(e,t=`CNY`){return{minor:e.reduce((e,{minor:t})=>e+t,0),currency:e[0]?.currency??t}}function ot(e,t){return{...e,name:t?.product?.name??`…`,variantName:t?.name??``,pictureUrl:t?.pictureUrl??null,mark:``,units:e.unitPayable}}function st(e,t){let n={GOODS:``,GIFT:t.gift,ADD_ON:t.addOn}[e.kind];return{...e,mark:n,units:e.unitPaid}}function ct({line:e,children:t}){let n=H(),r=W(e.listPrice,e.quantity);return s(`details`,{class:`explained`,children:[s(`summary`,{children:[s(`span`,{class:`thumb`,children:s(A,{name:e.name,url:e.pictureUrl})}),s(`span`,{class:`explained-text`,children:[s(`strong`,{children:[e.mark&&s(`em`,{class:`tag`,children:e.mark}),e.name]}),s(`small`,{class:`muted`,children:[e.variantName,` × `,e.quantity]})]}),s(`span`,{class:`explained-sum`,children:[s(U,{of:e.payable}),r.minor!==e.payable.minor&&s(`s`,{children:C(r.minor,r.currency)})]})]}),s(`dl`,{class:`steps`,"aria-label":n.explainOf(e.name),children:[s(K,{part:`list`,title:`${n.listed} ${O(e.listPrice.minor,e.listPrice.currency)} × ${e.quantity}`,amount:r}),s(lt,{steps:e.steps}),s(K,{part:`payable`,title:n.payable,amount:e.payable}),e.quantity>1&&s(`div`,{class:`units`,children:[s(`dt`,{children:n.eachPaid}),s(`dd`,{children:gt(e.units).map(([e,t])=>s(`span`,{"data-units":t,children:[s(U,{of:e}),` × `,t]},e.minor))})]})]}),t]})}function lt({steps:e}){let t=H();return s(p,{children:e.map((e,n)=>s(K,{part:`step`,title:mt(e,t),amount:W(e.amount,-1)},n))})}function K({part:e,title:t,amount:n}){return s(`div`,{"data-part":e,children:[s(`dt`,{children:t}),s(`dd`,{children:s(U,{of:n})})]})}function ut(e){return{...e,fee:e.shipping}}function dt(e){let t=e.steps.filter(({stage:e})=>e===ft),n=G([e.shipping,...t.map(({amount:e})=>e)]);return{...e,steps:[...ht(e.lines.flatMap(({steps:e})=>e)),...t],fee:n}}var ft=`SHIPPING`;function pt({whole:e}){let t=H(),n=e.steps.filter(({stage:e})=>e===ft);return s(`dl`,{class:`steps whole`,"aria-label":t.explain,children:[s(K,{part:`list`,title:t.listedSum,amount:G(e.lines.map(e=>W(e.listPrice,e.quantity)))}),s(lt,{steps:e.steps.filter(({stage:e})=>e!==ft)}),s(K,{part:`goods`,title:t.goods,amount:e.goods}),s(K,{part:`fee`,title:t.shippingFee,amount:e.fee}),n.map((e,n)=>s(K,{part:`bearing`,title:mt(e,t),amount:W(e.amount,-1)},n)),s(K,{part:`total`,title:t.due,amount:e.total})]})}function mt({kind:e,name:t},n){let r=n.step[e];return t?r?`${r} · ${t}`:t:r??e}function ht(e){let t=new Map;for(let n of e){let e=[n.stage,n.kind,n.name].join(`
`),r=t.get(e);t.set(e,r?{...r,amount:G([r.amount,n.amount])}:n)}return[...t.values()]}function gt(e){let t=new Map;for(let n of e)t.set(n.minor,[n,(t.get(n.minor)?.[1]??0)+1]);return[...t.values()]}var _t=M(()=>{});function q(){return w(_t)}function J({to:e,label:t,children:n,...r}){let i=q();return s(`a`,{...r,"aria-label":t,href:P(e),onClick:t=>{t.metaKey||t.ctrlKey||t.shiftKey||t.button!==0||(t.preventDefault(),i(e))},children:n})}var vt=999;function yt(){let e=H(),t=q(),{cart:n}=V();if(n===void 0)return s(`p`,{class:`nothing waiting`,"aria-busy":`true`});if(!n?.lines.length)return s(bt,{});let{quote:r}=n,i=r.lines.reduce((e,{quantity:t})=>e+t,0);return s(`div`,{class:`columns`,children:[s(`section`,{children:[s(`h1`,{children:e.cart}),s(`ul`,{class:`cart-lines`,children:n.lines.map(e=>s(xt,{line:e},e.id))})]}),s(`aside`,{class:`panel summary`,children:[r.lines.map(e=>s(ct,{line:ot(e,n.lines.find(({variantId:t})=>t===e.variantId)?.variant)},e.variantId)),s(`p`,{class:`row total`,children:[s(`span`,{children:e.goods}),s(U,{of:G(r.lines.map(({payable:e})=>e))})]}),s(`p`,{class:`muted`,children:e.cartNote}),s(`button`,{class:`primary`,disabled:!i||!r.canBeOrdered,onClick:()=>t({at:`checkout`,basket:{of:`cart`}}),children:e.toCheckout(i)})]})]})}function bt(){let e=H();return s(`p`,{class:`nothing`,children:[e.cartEmpty,s(J,{to:N,class:`quiet`,children:e.lookAround})]})}function xt({line:t}){let n=H(),{change:r,remove:i}=V(),{busy:a,notice:o,run:c}=v(),l=t.variant?.product?.name??n.unavailable,u=t.available===0||!t.variant,d=t=>void c(async()=>{let r=await t();return r?e(r,n):``});return s(`li`,{class:u?`gone`:``,"aria-busy":a,children:[s(`label`,{class:`tick`,children:s(`input`,{type:`checkbox`,"aria-label":n.selectOf(l),checked:t.selected,disabled:a||u,onChange:()=>d(()=>r({lineId:t.id,selected:!t.selected}))})}),s(`span`,{class:`thumb`,children:s(A,{name:l,url:t.variant?.pictureUrl??null})}),s(`span`,{class:`cart-text`,children:[t.variant?.product?s(J,{to:{at:`product`,slug:t.variant.product.slug},children:l}):s(`span`,{children:l}),s(`small`,{class:`muted`,children:t.variant?.name}),!t.inStock&&!u&&s(`small`,{class:`warn`,children:n.lineShort(t.available)}),s(`span`,{class:`cart-price`,children:[t.unitPrice&&s(b,{...t.unitPrice}),t.priceChanged&&s(`small`,{class:`muted`,children:n.priceWas(C(t.addedPrice.minor,t.addedPrice.currency))})]})]}),s(`span`,{class:`cart-deeds`,children:[!u&&s(T,{value:t.quantity,most:Math.min(vt,Math.max(1,t.available)),onChange:e=>d(()=>r({lineId:t.id,quantity:e}))}),s(`button`,{class:`text-button`,"aria-label":n.removeOf(l),onClick:()=>d(()=>i(t.id)),children:n.remove})]}),o&&s(E,{text:o})]})}function Y(e,t){return new Date(e).toLocaleString(t,{month:`numeric`,day:`numeric`,hour:`2-digit`,minute:`2-digit`})}function St(e,t){return new Date(e).toLocaleDateString(t,{year:`numeric`,month:`numeric`,day:`numeric`})}function Ct({template:t}){let n=H(),r=B(),{asMember:i}=c(),[a,o]=k(t.takenByMe),[l]=k(j),{busy:u,notice:d,run:f}=v(),p=()=>f(async()=>{let i={couponTemplateId:t.id,idempotencyKey:`${l}-${a}`},{couponTake:s}=await r.request(we,{input:i}),[c]=s.userErrors;return c?e(c,n):(o(a+1),``)}),m=a>=t.perPerson;return s(`div`,{class:`ticket`,children:[s(`span`,{class:`ticket-worth`,children:X(t,n)}),s(`span`,{class:`ticket-text`,children:[s(`strong`,{children:t.name}),s(`small`,{children:[Et(t,n),t.days!==null&&` · ${n.couponDays(t.days)}`,t.endsAt&&` · ${n.couponUntil(St(t.endsAt,n.lang))}`]})]}),s(`button`,{disabled:u||m||t.left===0,onClick:()=>i(()=>void p()),children:m?n.taken:t.left===0?n.soldOut:n.take}),d&&s(E,{text:d})]})}function wt(e,t){let n=e.kind===`FIXED`?t.couponOff(X(e,t)):X(e,t),{cap:r}=e,i=r.minor>0?` · ${t.couponCap(C(r.minor,r.currency))}`:``;return`${Et(e,t)} · ${n}${i}`}function X({kind:e,amount:t,offBp:n},r){switch(e){case`FIXED`:return C(t.minor,t.currency);case`PERCENT`:return r.couponPercent(Tt(n,r.lang));case`FREE_SHIPPING`:return r.couponShipping;case`EXCHANGE`:return r.couponExchange}}function Tt(e,t){let n=t.startsWith(`zh`)?(1e4-e)/10:e;return String(n/100)}function Et({threshold:e},t){return e.minor>0?t.couponFrom(C(e.minor,e.currency)):t.couponAny}function Dt({checkout:e,purse:t}){let n=H(),{advice:r,shown:i,couponIds:a,pick:o}=e,c=new Map([...r?.refused??[],...i?.refusedCoupons??[]].map(e=>[e.couponId,e])),l=new Set(r?.best.map(({id:e})=>e)),u=t.coupons.nodes.filter(({id:e})=>!At(c.get(e))),d=t.coupons.nodes.filter(({id:e})=>At(c.get(e))),f=e=>o(a.includes(e)?a.filter(t=>t!==e):[...a,e]);return s(`details`,{class:`coupons`,children:[s(`summary`,{children:[s(`span`,{children:n.coupon}),s(`span`,{class:a.length?`chosen`:`muted`,children:a.length?n.couponsPicked(a.length):u.length?n.available(u.length):n.couponsNone})]}),s(`ul`,{children:[...u,...d].map(e=>s(Ot,{coupon:e,isBest:l.has(e.id),isPicked:a.includes(e.id),refused:c.get(e.id),onToggle:()=>f(e.id)},e.id))}),s(kt,{onRedeemed:e.purse.reload})]})}function Ot({coupon:{template:e,endsAt:t},isBest:n,isPicked:r,refused:i,onToggle:a}){let o=H();return s(`li`,{children:s(`label`,{class:`tick`,children:[s(`input`,{type:`checkbox`,checked:r,disabled:At(i)&&!r,onChange:a}),s(`span`,{children:[s(`strong`,{children:e.name}),n&&s(`em`,{class:`tag`,children:o.couponBest}),s(`small`,{class:`muted`,children:[wt(e,o),` · `,o.couponUntil(St(t,o.lang))]}),i&&s(`small`,{class:`warn`,children:jt(i,o)})]})]})})}function kt({onRedeemed:t}){let n=H(),r=B(),[i,a]=k(``),{busy:o,notice:c,run:l}=v(),u=()=>l(async()=>{let o={code:i,idempotencyKey:j()},{couponRedeemCode:s}=await r.request(Te,{input:o}),[c]=s.userErrors;return c?e(c,n):(a(``),await t(),n.redeemed)});return s(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),u()},children:[s(`div`,{class:`field-row`,children:[s(`label`,{class:`field`,children:[s(`span`,{children:n.couponCode}),s(`input`,{value:i,maxLength:40,autocomplete:`off`,onInput:e=>a(e.currentTarget.value)})]}),s(`button`,{class:`quiet`,disabled:o||!i.trim(),children:n.redeem})]}),c&&s(E,{text:c})]})}function At(e){return e!==void 0&&e.reason!==`NOT_COMBINABLE`}function jt({reason:e,lacking:t},n){let r=n.couponReason[e]??e;return t.minor>0?`${r} · ${n.lacking(O(t.minor,t.currency))}`:r}function Z(e,t){let n=H(),[r,i]=k(),[a,o]=k(``),s=x(0),c=ie(async()=>{let t=++s.current;try{let n=await e();if(t!==s.current)return;i(n),o(``)}catch(e){t===s.current&&o(D(e,n))}},t);return y(()=>(c(),()=>void s.current++),[c]),{value:r,failure:a,reload:c}}function Mt(e,t,n){let r=x(n);r.current=n,y(()=>{if(!t)return;let n=setInterval(()=>document.hidden||r.current(),e);return()=>clearInterval(n)},[e,t])}function Q({of:{value:e,failure:t,reload:n},children:r}){let i=H();return e?s(p,{children:r(e)}):t?s(`p`,{class:`nothing`,role:`alert`,children:[t,s(`button`,{class:`quiet`,onClick:()=>void n(),children:`↻`})]}):e===void 0?s(`p`,{class:`nothing waiting`,"aria-busy":`true`}):s(`p`,{class:`nothing`,children:[i.gone,s(J,{to:N,class:`quiet`,children:i.toShop})]})}function Nt({checkout:e,purse:t}){let n=H(),{delivery:r,deliver:i}=e,a=`addressId`in r;return s(`fieldset`,{class:`panel delivery`,children:[s(`legend`,{children:n.delivery}),s(`div`,{class:`tabs`,children:[s(`label`,{children:[s(`input`,{type:`radio`,name:`delivery`,checked:a,onChange:()=>i({addressId:t.addresses[0]?.id??null})}),n.ship]}),s(`label`,{children:[s(`input`,{type:`radio`,name:`delivery`,checked:!a,onChange:()=>i({pickUpStoreId:null})}),n.pickUp]})]}),a?s(Pt,{checkout:e,purse:t,chosen:r.addressId}):s(Ft,{checkout:e,chosen:r.pickUpStoreId})]})}function Pt({checkout:{deliver:t,purse:n},purse:{addresses:r},chosen:i}){let a=H(),o=B(),[c,l]=k(r.length?null:re),{busy:u,notice:d,run:f}=v(),h=()=>f(async()=>{let r=await oe(o,c);return`phone`in r?(t({addressId:r.id}),l(null),await n.reload(),``):e(r,a)});return s(p,{children:[s(`ul`,{class:`places`,children:r.map(e=>s(`li`,{children:s(`label`,{class:`tick`,children:[s(`input`,{type:`radio`,name:`address`,checked:e.id===i,onChange:()=>t({addressId:e.id})}),s(`span`,{children:[s(`strong`,{children:e.name}),` `,e.phone,s(`small`,{class:`muted`,children:g(e)})]})]})},e.id))}),c?s(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),h()},children:[s(m,{draft:c,onDraft:l}),d&&s(E,{text:d}),s(`button`,{class:`quiet`,disabled:u||!ee(c),children:a.addressSave})]}):s(`button`,{class:`text-button`,onClick:()=>l(re),children:[`+ `,a.addressNone]})]})}function Ft({checkout:{lines:e,deliver:t},chosen:n}){let r=H(),i=B(),a=e.map(({variantId:e})=>e),o=Z(async()=>(await i.request(Ae,{variantIds:a})).pickUpStores,[a.join()]);return s(Q,{of:o,children:e=>s(`ul`,{class:`places`,children:[e.map(({hasAll:e,store:i})=>s(`li`,{children:s(`label`,{class:`tick`,children:[s(`input`,{type:`radio`,name:`store`,checked:i.id===n,disabled:!e,onChange:()=>t({pickUpStoreId:i.id})}),s(`span`,{children:[s(`strong`,{children:i.name}),` `,!e&&s(`em`,{class:`tag`,children:r.storeLacks}),s(`small`,{class:`muted`,children:[i.address,i.openingHours].filter(Boolean).join(` · `)})]})]})},i.id)),e.length===0&&s(`li`,{class:`muted`,children:r.storesNone})]})})}function It(e,t,n){let r=S(()=>zt(t,n),[t,n]),i=t.of===`product`?t.play:null,[a,o]=k(null),[s,c]=k(0),[l,u]=k(null),[d,f]=k(null),p=x(j()),m=Z(()=>e.request(Ee).then(({me:e})=>e),[e]),h=l??{addressId:Bt(m.value?.addresses)},g={play:i,...h},_=JSON.stringify([r,g]),v=r.length>0&&m.value!==void 0,b=Z(async()=>v?(await e.request(De,{lines:r,terms:g})).bestCoupons:null,[_,v,m.value]),C=a??b.value?.best.map(({id:e})=>e)??[],w={...g,couponIds:C,points:s},T=v&&(b.value!=null||b.failure!==``),E=JSON.stringify([_,C,s]),D=Z(async()=>T?(await e.request(Oe,{lines:r,terms:w})).cartQuote:null,[E,T]);y(()=>{f(null),p.current=j()},[E]),Lt(D);let ee=d??D.value??null;return{lines:r,purse:m,advice:b.value??null,quote:D,shown:ee,couponIds:C,pick:o,points:s,spend:c,delivery:h,deliver:u,isDelivered:Object.values(h).every(Boolean),place:async a=>{let o={...h,points:s,note:a,quoteId:ee?.quoteId,code:e.session.shareCode,idempotencyKey:p.current};t.of===`cart`&&await Vt(e,n,C);let[c,l]=t.of===`cart`?[He,{cartId:n.id}]:[Ve,{lines:r,play:i,couponIds:C}],{told:u}=await e.request(c,{input:{...o,...l}}),[d]=u.userErrors;return d?(d.quote&&f(d.quote),d.retryable||(p.current=j()),{refusal:d}):{orderId:u.order.id}}}}function Lt({value:e,reload:t}){y(()=>{let n=e?.validUntil?Date.parse(e.validUntil)-Date.now():1/0;if(n>Rt)return;let r=setTimeout(()=>void t(),Math.max(n,1e3));return()=>clearTimeout(r)},[e,t])}var Rt=864e5;function zt(e,t){return e.of===`product`?[{variantId:e.variantId,quantity:e.quantity,addOnOf:null}]:(t?.lines.filter(e=>e.selected&&e.unitPrice)??[]).map(({variantId:e,quantity:t,addOnOf:n})=>({variantId:e,quantity:t,addOnOf:n}))}function Bt(e){return(e?.find(({isDefault:e})=>e)??e?.[0])?.id??null}async function Vt(e,t,n){let r=t.couponIds.filter(e=>!n.includes(e)),i=n.filter(e=>!t.couponIds.includes(e));r.length&&await e.request(Re,{input:{cartId:t.id,couponIds:r}}),i.length&&await e.request(Le,{input:{cartId:t.id,couponIds:i}})}function Ht(e){let t=B(),n=[...new Set(e)].sort(),{value:r}=Z(async()=>{if(!n.length)return{};let{nodes:e}=await t.request(ke,{ids:n});return Object.fromEntries(e.flatMap(e=>e?[[e.id,e]]:[]))},[n.join()]);return r??{}}function Ut({basket:e}){let t=H(),{me:n,asMember:r}=c();return B().session.accessToken===null?s(`p`,{class:`nothing`,children:s(`button`,{class:`primary small`,onClick:()=>r(()=>{}),children:t.login})}):s(Wt,{basket:e},n?.id)}function Wt({basket:e}){let t=H(),{cart:n}=V(),r=It(B(),e,n),{shown:i}=r,a=Ht([...r.lines,...i?.gifts??[],...i?.missingGifts??[]].map(({variantId:e})=>e)),o=r.purse.value;return n!==void 0&&r.lines.length===0?s(bt,{}):s(`div`,{class:`columns`,children:[s(`section`,{children:[s(`h1`,{children:t.checkout}),o&&s(Nt,{checkout:r,purse:o}),s(`div`,{class:`panel`,children:[s(`h2`,{children:t.goodsTitle}),i?.lines.map(e=>s(ct,{line:ot(e,a[e.variantId])},e.variantId)),i&&s(Gt,{quote:i,cards:a})]})]}),s(`aside`,{class:`panel summary`,children:[o&&s(Dt,{checkout:r,purse:o}),o&&s(Kt,{checkout:r,balance:o.points?.balance??0}),i?s(pt,{whole:ut(i)}):s(`p`,{class:`nothing waiting`,"aria-busy":`true`}),s(qt,{checkout:r})]})]})}function Gt({quote:e,cards:t}){let n=H(),r=e=>[t[e]?.product?.name,t[e]?.name].filter(Boolean).join(` `);return s(`ul`,{class:`gifts-along`,children:[e.gifts.map(({variantId:e,quantity:t})=>s(`li`,{children:[s(`em`,{class:`tag`,children:n.gift}),r(e),` × `,t]},e)),e.missingGifts.map(({variantId:e,missing:t})=>s(`li`,{class:`muted`,children:[r(e),` · `,n.giftMissing(t)]},e))]})}function Kt({checkout:e,balance:t}){let n=H(),{shown:r,points:i,spend:a}=e;return t<=0?null:s(`label`,{class:`row tick`,children:[s(`span`,{children:[n.usePoints,s(`small`,{class:`muted`,children:r?.pointsUsed?n.pointsUsed(String(r.pointsUsed)):n.pointsHave(String(t))})]}),s(`input`,{type:`checkbox`,checked:i>0,onChange:()=>a(i>0?0:t)})]})}function qt({checkout:t}){let n=H(),r=q(),i=V(),[a,o]=k(``),{busy:c,notice:l,run:u}=v(),{shown:d,isDelivered:f,quote:m}=t,h=()=>u(async()=>{let o=await t.place(a.trim());return`refusal`in o?o.refusal.quote?n.priceChanged:e(o.refusal,n):(r({at:`order`,id:o.orderId,isToBePaid:!0},{replace:!0}),await i.reload(),``)}),g=f?d?.canBeOrdered===!1?n.cannotOrder:m.failure:n.addressFirst;return s(p,{children:[s(`label`,{class:`field`,children:[s(`span`,{children:n.note}),s(`input`,{value:a,maxLength:200,onInput:e=>o(e.currentTarget.value)})]}),d&&d.pointsEarned>0&&s(`p`,{class:`muted`,children:n.pointsEarned(String(d.pointsEarned))}),d?.validUntil&&s(`p`,{class:`muted`,children:n.validUntil(Y(d.validUntil,n.lang))}),s(E,{text:l||g}),s(`div`,{class:`buy-bar`,children:[d&&s(b,{...d.total}),s(`button`,{class:`primary`,disabled:c||!d?.canBeOrdered||!f,onClick:()=>void h(),children:n.place})]})]})}function Jt({view:e,children:t}){let n=H(),{me:r,asMember:i}=c(),{count:a}=V(),o=q(),l=Yt(P(e));return s(p,{children:[s(`header`,{class:`shop-header`,children:s(`nav`,{"aria-label":n.shop,children:[e.at!==`home`&&s(`button`,{class:`icon-button back`,"aria-label":n.back,onClick:()=>history.length>1?history.back():o(N),children:s(`svg`,{viewBox:`0 0 24 24`,"aria-hidden":`true`,children:s(`path`,{d:`M15 5l-7 7 7 7`})})}),s(J,{to:N,class:`shop-name`,children:n.shop}),s(`a`,{class:`wide-only`,href:`../live/`,children:n.rooms}),s(`a`,{class:`language`,href:_(n.lang===`en`?`zh`:`en`),children:n.language}),r?s(J,{to:{at:`orders`},children:n.orders}):s(`button`,{onClick:()=>i(()=>{}),children:n.loginShort}),s(J,{to:{at:`cart`},class:`cart-link`,label:n.cartOf(a),children:[s(`svg`,{viewBox:`0 0 24 24`,"aria-hidden":`true`,children:[s(`path`,{d:`M3 4h2l2.4 11.2a1 1 0 0 0 1 .8h8.7a1 1 0 0 0 1-.8L20 8H6.2`}),s(`circle`,{cx:`9.5`,cy:`20`,r:`1.4`}),s(`circle`,{cx:`16.5`,cy:`20`,r:`1.4`})]}),a>0&&s(`b`,{children:a>99?`99+`:a})]})]})}),s(`main`,{ref:l,tabIndex:-1,class:`view ${e.at}`,children:t})]})}function Yt(e){let t=x(null),n=x(e);return y(()=>{n.current!==e&&t.current?.focus({preventScroll:!0}),n.current=e},[e]),t}function $({startsAt:e,endsAt:t,onTurn:n}){let r=H(),i=f(!0),a=e!==void 0&&Date.parse(e)>i,o=Math.ceil((Date.parse(a?e:t)-i)/1e3),c=a?`begins`:o>0?`runs`:`over`,l=x(c);return y(()=>{l.current!==c&&n?.(),l.current=c},[c]),c===`over`?s(`span`,{class:`countdown over`,children:r.over}):s(`span`,{class:`countdown`,role:`timer`,children:[e!==void 0&&s(`small`,{children:a?r.startsIn:r.endsIn}),s(`b`,{children:Xt(o,r.days)})]})}function Xt(e,t){let n=e=>String(e).padStart(2,`0`),r=Math.floor(e/86400),i=`${n(Math.floor(e/3600)%24)}:${n(Math.floor(e/60)%60)}:${n(e%60)}`;return r>0?`${t(r)} ${i}`:i}function Zt({group:e,named:t=!1}){let n=H(),r=Math.max(0,e.size-e.members.length);return s(`ul`,{class:t?`faces named`:`faces`,children:[e.members.map(({member:e,leads:r,won:i})=>s(`li`,{children:[s(h,{name:e.nickname,url:e.avatarUrl}),t&&s(`span`,{children:e.nickname}),r&&s(`em`,{children:n.leader}),i&&s(`em`,{class:`won`,children:n.won})]},e.id)),e.state===`FORMING`&&Array.from({length:Math.min(r,t?r:5)},(e,r)=>s(`li`,{class:`free`,children:[s(`span`,{class:`avatar`,"aria-hidden":`true`,children:`?`}),t&&s(`span`,{children:n.seat})]},r))]})}var Qt=5e3;function $t({groupId:e}){let t=B(),n=Z(async()=>(await t.request(Ye,{id:e})).buyingGroup,[e]);return Mt(Qt,n.value?.state===`FORMING`,()=>void n.reload()),s(Q,{of:n,children:e=>s(en,{group:e,onTurn:()=>void n.reload()})})}function en({group:e,onTurn:t}){let n=H(),{groupBuy:r}=e,{product:i}=r,a=e.size-e.seatsLeft;return s(`section`,{class:`panel team`,"data-state":e.state,children:[i&&s(J,{to:{at:`product`,slug:i.slug},class:`team-product`,children:[s(`span`,{class:`thumb large`,children:s(A,{name:i.name,url:i.media[0]?.url??null})}),s(`span`,{children:[s(`strong`,{children:i.name}),s(`small`,{class:`muted block`,children:i.brief}),s(`em`,{class:`tag`,children:n.sizeOf(e.size)})]})]}),s(`h1`,{children:n.groupState[e.state]}),e.state===`FORMING`&&s(`p`,{class:`team-missing`,children:[s(`strong`,{children:n.missing(e.seatsLeft)}),s($,{endsAt:e.expiresAt,onTurn:t})]}),s(`progress`,{max:e.size,value:a,"aria-label":n.missing(e.seatsLeft)}),s(Zt,{group:e,named:!0}),e.winners!==null&&s(`p`,{class:`muted`,children:n.winnersOf(e.winners)}),e.state===`FORMING`&&s(tn,{group:e}),e.state===`FORMING`&&s(nn,{group:e})]})}function tn({group:{id:e,groupBuy:t,members:n,seatsLeft:r}}){let i=H(),a=q(),{me:o}=c(),l=t.prices.flatMap(({variantId:e,price:n})=>{let r=t.product?.variants.find(t=>t.id===e);return r?[{...r,list:r.price,cost:n}]:[]}),[u,d]=k(l.find(({available:e})=>e>0)?.id),f=l.find(e=>e.id===u);if(!f||n.some(({member:e})=>e.id===o?.id))return null;let m={kind:`GROUP`,id:t.id,groupId:e};return s(p,{children:[l.length>1&&s(`fieldset`,{class:`option`,children:[s(`legend`,{class:`muted`,children:i.goodsTitle}),l.map(e=>s(`label`,{children:[s(`input`,{type:`radio`,name:`variant`,checked:e.id===f.id,disabled:e.available===0,onChange:()=>d(e.id)}),s(`span`,{children:e.name})]},e.id))]}),s(`div`,{class:`buy-bar`,children:[s(`span`,{children:[s(b,{...f.cost}),s(`s`,{children:C(f.list.minor,f.list.currency)})]}),s(`button`,{class:`primary`,disabled:r===0,onClick:()=>a({at:`checkout`,basket:{of:`product`,variantId:f.id,quantity:1,play:m}}),children:i.joinGroup})]})]})}function nn({group:{id:n,groupBuy:r}}){let i=H(),a=B(),{asMember:o}=c(),[l,d]=k(``),{busy:f,notice:m,run:h}=v(),g=()=>h(async()=>{let o=await u(a,r.product.id);if(!(`share`in o))return e(o,i);let s=location.origin+P({at:`group`,id:n},`?share=${o.share}`);return d(s),await t(r.product.name,s)?i.linkCopied:i.linkCopy});return r.product?s(p,{children:[s(`button`,{class:`secondary`,disabled:f,onClick:()=>o(()=>void g()),children:i.invite}),m&&s(E,{text:m}),l&&s(`input`,{class:`link`,readOnly:!0,value:l,"aria-label":i.invite,onFocus:e=>e.currentTarget.select()})]}):null}function rn({categoryId:e}){let t=B(),{me:n}=c(),r=Z(()=>t.request(xe,{where:an(e)}),[e,n?.id]);return s(Q,{of:r,children:({categories:t,seckills:n,groupBuys:i,couponsToTake:a,products:o})=>s(p,{children:[s(on,{categories:t,chosen:e}),e===null&&s(p,{children:[s(sn,{templates:a}),s(cn,{seckills:n.nodes,groupBuys:i.nodes,onTurn:r.reload})]}),s(`ul`,{class:`cards`,children:o.nodes.map(e=>s(ln,{product:e},e.id))})]})})}function an(e){return e===null?null:{categoryId:{eq:e}}}function on({categories:e,chosen:t}){let n=H();return s(`nav`,{class:`categories`,"aria-label":n.all,children:[s(J,{to:{at:`home`,categoryId:null},class:t===null?`chosen`:``,children:n.all}),e.map(({id:e,name:n})=>s(J,{to:{at:`home`,categoryId:e},class:t===e?`chosen`:``,children:n},e))]})}function sn({templates:e}){let t=H();return e.length?s(`section`,{class:`tickets`,"aria-label":t.couponsToTake,children:e.map(e=>s(Ct,{template:e},e.id))}):null}function cn({seckills:e,groupBuys:t,onTurn:n}){let r=H();return!e.length&&!t.length?null:s(`div`,{class:`plays`,children:[e.map(({id:e,price:t,startsAt:i,endsAt:a,remaining:o,variant:c,product:l})=>l&&c?s(J,{to:{at:`product`,slug:l.slug},class:`play flash`,children:[s(A,{name:l.name,url:c.pictureUrl}),s(`span`,{class:`play-text`,children:[s(`em`,{children:r.flash}),s(`strong`,{children:l.name}),s($,{startsAt:i,endsAt:a,onTurn:()=>void n()}),s(`span`,{class:`play-price`,children:[s(b,{...t}),s(`s`,{children:C(c.price.minor,c.price.currency)}),s(`small`,{children:r.flashLeft(o)})]})]})]},e):null),t.map(({id:e,size:t,prices:n,product:i})=>i?s(J,{to:{at:`product`,slug:i.slug},class:`play`,children:[s(A,{name:i.name,url:i.media[0]?.url??null}),s(`span`,{class:`play-text`,children:[s(`em`,{children:[r.together,` · `,r.sizeOf(t)]}),s(`strong`,{children:i.name}),s(`span`,{class:`play-price`,children:[s(b,{...un(n.map(e=>e.price))}),s(`s`,{children:C(i.priceRange.minimum.minor,i.priceRange.minimum.currency)})]})]})]},e):null)]})}function ln({product:{slug:e,name:t,brief:n,media:r,priceRange:i,promotions:a}}){let o=H(),{minimum:c,maximum:l}=i;return s(`li`,{children:s(J,{to:{at:`product`,slug:e},class:`card`,children:[s(`span`,{class:`card-picture`,children:s(A,{name:t,url:r[0]?.url??null})}),s(`strong`,{children:t}),s(`small`,{class:`muted`,children:n}),s(`span`,{class:`card-foot`,children:[s(`span`,{children:[s(b,{...c}),l.minor>c.minor&&s(`small`,{class:`muted`,children:[` `,o.from]})]}),a[0]&&s(`em`,{class:`tag`,children:a[0].name})]})]})})}function un(e){return e.reduce((e,t)=>t.minor<e.minor?t:e)}function dn(){let e=H(),t=B(),[n,r]=k([]),{busy:i,notice:a,run:o}=v(),c=async e=>(await t.request(We,{after:e})).myOrders,l=Z(()=>c(null),[t]),u=n.at(-1)??l.value,d=()=>o(async()=>{let e=await c(u?.pageInfo.endCursor??null);return r([...n,e]),``});return s(p,{children:[s(`h1`,{children:e.orders}),s(Q,{of:l,children:t=>s(`ul`,{class:`order-list`,children:[[t,...n].flatMap(({nodes:e})=>e.map(e=>s(fn,{order:e},e.id))),t.nodes.length===0&&s(`li`,{class:`nothing`,children:[e.ordersNone,s(J,{to:N,class:`quiet`,children:e.lookAround})]})]})}),a&&s(E,{text:a}),u?.pageInfo.hasNextPage&&s(`button`,{class:`quiet`,disabled:i,onClick:()=>void d(),children:e.nextPage})]})}function fn({order:e}){let t=H(),n=e.lines.reduce((e,{quantity:t})=>e+t,0);return s(`li`,{children:s(J,{to:{at:`order`,id:e.id,isToBePaid:!1},class:`panel order-summary`,children:[s(`span`,{class:`order-head`,children:[s(`small`,{class:`muted`,children:Y(e.placedAt,t.lang)}),s(`em`,{class:`state ${e.state}`,children:pn(e,t)})]}),s(`span`,{class:`order-pictures`,children:[e.lines.slice(0,4).map(e=>s(`span`,{class:`thumb`,children:s(A,{name:e.name,url:e.pictureUrl})},e.id)),s(`strong`,{children:e.lines[0]?.name})]}),s(`span`,{class:`order-head`,children:[s(`small`,{class:`muted`,children:t.itemsOf(n)}),s(U,{of:e.total})]})]})})}function pn({state:e,hold:t},n){return t&&e===`PAID`&&n.hold[t]||(n.state[e]??e)}var mn=[`REFUND_ONLY`,`RETURN_REFUND`,`EXCHANGE`],hn=[`CANCELLED_BY_BUYER`,`REJECTED`,`REFUSED`];function gn({order:t,onApplied:n}){let r=H(),i=B(),a=t.lines.filter(({kind:e})=>e!==`GIFT`).map(e=>({line:e,claimed:_n(t,e)})),[o,c]=k(()=>vn(a)),l=t.state===`PAID`?mn.slice(0,1):mn,[u,d]=k(`REFUND_ONLY`),[f,p]=k(r.reasons[0]),m=x(j()),{busy:h,notice:g,run:_}=v(),y=Object.entries(o).filter(([,e])=>e>0),b=()=>_(async()=>{let a=y.map(([e,t])=>({orderLineId:e,quantity:t})),o={orderId:t.id,kind:u,lines:a,reason:f.trim(),idempotencyKey:m.current},{told:s}=await i.request(Je,{input:o}),[c]=s.userErrors;return c?c.retryable||(m.current=j()):await n(),c?e(c,r):``});return s(`form`,{class:`form apply`,onSubmit:e=>{e.preventDefault(),b()},children:[s(`fieldset`,{children:[s(`legend`,{children:r.whatAndMany}),a.map(({line:e,claimed:t})=>s(`label`,{class:`row`,children:[s(`span`,{children:[e.name,s(`small`,{class:`muted`,children:e.variantName})]}),s(`select`,{value:o[e.id]??0,onChange:t=>c({...o,[e.id]:Number(t.currentTarget.value)}),children:Array.from({length:e.quantity-t+1},(e,t)=>s(`option`,{value:t,children:t},t))})]},e.id))]}),s(`fieldset`,{class:`option`,children:[s(`legend`,{children:r.kindLabel}),l.map(e=>s(`label`,{children:[s(`input`,{type:`radio`,name:`kind`,checked:u===e,onChange:()=>d(e)}),s(`span`,{children:r.kind[e]})]},e))]}),s(`label`,{class:`field`,children:[s(`span`,{children:r.reason}),s(`input`,{list:`reasons`,value:f,maxLength:200,onInput:e=>p(e.currentTarget.value)}),s(`datalist`,{id:`reasons`,children:r.reasons.map(e=>s(`option`,{value:e},e))})]}),u!==`EXCHANGE`&&s(`p`,{class:`row total`,children:[s(`span`,{children:r.estimated}),s(U,{of:G(a.flatMap(({line:e,claimed:t})=>e.unitPaid.slice(t,t+(o[e.id]??0))))})]}),s(E,{text:g}),s(`button`,{class:`primary`,disabled:h||!y.length||!f.trim(),children:r.submit})]})}function _n(e,t){let n=e.afterSales.filter(({state:e})=>!hn.includes(e)).flatMap(e=>e.lines).filter(({orderLineId:e})=>e===t.id).reduce((e,{quantity:t})=>e+t,0);return Math.min(n,t.quantity)}function vn(e){let[t]=e;return e.length===1&&t?{[t.line.id]:t.line.quantity-t.claimed}:{}}function yn({order:e,onChange:t}){let n=H();return e.afterSales.length?s(`div`,{class:`panel`,children:[s(`h2`,{children:n.afterSale}),e.afterSales.map(n=>s(bn,{sale:n,order:e,onChange:t},n.id))]}):null}function bn({sale:t,order:n,onChange:r}){let i=H(),a=B(),{busy:o,notice:c,run:l}=v(),u=(n,o={})=>void l(async()=>{let s={afterSaleId:t.id,...o},{told:c}=await a.request(n,{input:s});return await r(),c.userErrors[0]?e(c.userErrors[0],i):``}),d=e=>n.lines.find(({id:t})=>t===e)?.name??``;return s(`section`,{class:`claim-card`,"data-state":t.state,children:[s(`header`,{children:[s(`strong`,{children:i.kind[t.kind]}),s(`em`,{class:`state ${t.state}`,children:i.claimState[t.state]})]}),s(`p`,{class:`muted`,children:[t.lines.map(({orderLineId:e,quantity:t})=>`${d(e)} × ${t}`).join(`, `),` · `,t.reason,` ·`,` `,Y(t.createdAt,i.lang)]}),t.answer&&s(`p`,{class:`reply`,children:[i.replied,`: `,t.answer]}),t.kind!==`EXCHANGE`&&s(xn,{sale:t}),t.state===`AGREED`&&s(Sn,{busy:o,onSent:e=>u(`
  mutation AfterSaleShipBack($input: AfterSaleShipBackInput!) {
    told: afterSaleShipBack(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity }
    amount { minor currency }
    deducted { minor currency }
    reason
    answer
    carrier
    trackingNumber
    createdAt
  }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,e)}),c&&s(E,{text:c}),(t.state===`APPLIED`||t.state===`AGREED`)&&s(`button`,{class:`text-button`,disabled:o,onClick:()=>u(`
  mutation AfterSaleCancel($input: AfterSaleCancelInput!) {
    told: afterSaleCancel(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity }
    amount { minor currency }
    deducted { minor currency }
    reason
    answer
    carrier
    trackingNumber
    createdAt
  }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`),children:i.cancelClaim})]})}function xn({sale:{amount:e,deducted:t}}){let n=H(),r={...e,minor:e.minor-t.minor};return s(`dl`,{class:`steps`,children:[t.minor>0&&s(p,{children:[s(`div`,{"data-part":`claimed`,children:[s(`dt`,{children:n.claimed}),s(`dd`,{children:s(U,{of:e})})]}),s(`div`,{"data-part":`deducted`,children:[s(`dt`,{children:n.deducted}),s(`dd`,{children:s(U,{of:W(t,-1)})})]})]}),s(`div`,{"data-part":`back`,children:[s(`dt`,{children:n.comesBack}),s(`dd`,{children:s(U,{of:r})})]})]})}function Sn({busy:e,onSent:t}){let n=H(),[r,i]=k(``),[a,o]=k(``);return s(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),t({carrier:r,trackingNumber:a})},children:[s(`div`,{class:`field-row`,children:[s(`label`,{class:`field`,children:[s(`span`,{children:n.carrier}),s(`input`,{value:r,maxLength:40,onInput:e=>i(e.currentTarget.value)})]}),s(`label`,{class:`field`,children:[s(`span`,{children:n.trackingNumber}),s(`input`,{value:a,maxLength:40,onInput:e=>o(e.currentTarget.value)})]})]}),s(`button`,{class:`quiet`,disabled:e||!r.trim()||!a.trim(),children:n.shipBack})]})}function Cn({order:t,isToBePaid:n,onChange:r,onApply:i}){let a=H(),o=B(),{busy:c,notice:l,run:u}=v(),d=(t,n)=>void u(async()=>{let{told:i}=await o.request(t,{input:n});return await r(),i.userErrors[0]?e(i.userErrors[0],a):``}),f=t.buyingGroup?.state===`FORMING`&&t.state===`PAID`,p=[`PAID`,`SHIPPED`,`RECEIVED`].includes(t.state)&&t.hold===null;return s(`div`,{class:`deeds`,children:[t.state===`PLACED`&&s(wn,{order:t,isToBePaid:n,onPaid:r}),l&&s(E,{text:l}),t.state===`PLACED`&&s(`button`,{class:`text-button`,disabled:c,onClick:()=>d(`
  mutation OrderCancel($input: OrderCancelInput!) { told: orderCancel(input: $input) { order { id } userErrors { ...Refusal } } }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,{orderId:t.id}),children:a.cancelOrder}),t.state===`SHIPPED`&&s(`button`,{class:`primary`,disabled:c,onClick:()=>d(`
  mutation OrderReceive($input: OrderReceiveInput!) { told: orderReceive(input: $input) { order { id } userErrors { ...Refusal } } }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,{orderId:t.id}),children:a.receive}),p&&s(`button`,{class:`secondary`,onClick:i,children:a.afterSaleApply}),f&&s(Tn,{groupId:t.buyingGroup.id,busy:c,onLeave:e=>d(`
  mutation GroupLeave($input: BuyingGroupLeaveInput!) {
    told: buyingGroupLeave(input: $input) { order { id } userErrors { ...Refusal } }
  }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,e)})]})}function wn({order:t,isToBePaid:n,onPaid:r}){let i=H(),a=B(),[c,l]=k(null),u=x(j()),{busy:d,notice:f,run:m}=v(),h=()=>m(async()=>{if(t.total.minor===0)return i.free;let n=await ne(a,t.id,u.current);return`value`in n?l(n.value):n.refusal.retryable||(u.current=j()),`refusal`in n?e(n.refusal,i):``});return y(()=>{n&&h()},[]),s(p,{children:[s(`p`,{class:`muted`,children:[i.payWithin,` `,s($,{endsAt:t.payBefore,onTurn:()=>void r()})]}),f&&s(E,{text:f}),s(`button`,{class:`primary`,disabled:d,onClick:()=>void h(),children:i.payGo}),c&&s(o,{title:i.pay,onClose:()=>l(null),children:s(ae,{orderId:t.id,payment:c,payee:i.shop,client:a,onPaid:()=>void r()})})]})}function Tn({groupId:e,busy:t,onLeave:n}){let r=H(),[i,a]=k(!1),o=x(j());return i?s(`p`,{class:`really`,role:`alert`,children:[r.leaveNote,s(`span`,{children:[s(`button`,{class:`quiet`,disabled:t,onClick:()=>n({buyingGroupId:e,idempotencyKey:o.current}),children:r.leaveYes}),s(`button`,{class:`text-button`,onClick:()=>a(!1),children:r.keep})]})]}):s(`button`,{class:`text-button`,onClick:()=>a(!0),children:r.leave})}function En({order:{payments:e,refunds:t,refunded:n}}){let r=H(),i=e.filter(({state:e})=>e!==`CLOSED`);return!i.length&&!t.length?null:s(`section`,{class:`money`,children:[s(`h2`,{children:r.payments}),s(`dl`,{class:`steps`,children:[i.map(e=>s(`div`,{"data-part":`payment`,children:[s(`dt`,{children:[r.method[e.method]??e.method,s(`small`,{class:`muted`,children:[` `,r.paymentState[e.state]]})]}),s(`dd`,{children:s(U,{of:e.amount})})]},e.id)),t.map(e=>s(`div`,{"data-part":`refund`,"data-state":e.state,children:[s(`dt`,{children:[r.refund,` · `,e.reason,s(`small`,{class:`muted`,children:[` `,r.refundState[e.state]]})]}),s(`dd`,{children:s(U,{of:W(e.amount,-1)})})]},e.id))]}),n.minor>0&&s(`p`,{class:`refunded`,children:r.refundedOf(O(n.minor,n.currency))})]})}function Dn({order:{shipments:e,lines:t}}){let n=H();if(!e.length)return null;let r=e=>t.find(({id:t})=>t===e)?.name??``;return s(`div`,{class:`panel`,children:[s(`h2`,{children:n.packages}),s(`ul`,{class:`packages`,children:e.map(e=>s(`li`,{children:[s(`strong`,{children:e.carrier?`${e.carrier} ${e.trackingNumber}`:n.handedOver}),s(`em`,{class:`state`,children:n.packageState[e.state]}),s(`small`,{class:`muted block`,children:[e.packed.map(({orderLineId:e,quantity:t})=>`${r(e)} × ${t}`).join(`, `),` ·`,` `,Y(e.receivedAt??e.sentAt,n.lang)]})]},e.id))})]})}var On=[1,2,3,4,5];function kn({order:e}){let t=H(),n=B(),[r,i]=k(null),a=Z(async()=>(await n.request(Ke)).reviewableLines.nodes,[e.id]),c=e.lines.filter(({id:e})=>a.value?.some(({orderLineId:t})=>t===e));return s(p,{children:[c.map(e=>s(`button`,{class:`text-button`,onClick:()=>i(e),children:t.reviewOf(e.name)},e.id)),r&&s(o,{title:t.review,onClose:()=>i(null),children:s(An,{line:r,onDone:()=>a.reload().then(()=>i(null))})})]})}function An({line:t,onDone:n}){let r=H(),i=B(),[a,o]=k(5),[c,l]=k(``),[u,d]=k(!1),{busy:f,notice:p,run:m}=v(),h=()=>m(async()=>{let o={orderLineId:t.id,stars:a,text:c.trim(),anonymous:u},{told:s}=await i.request(qe,{input:o}),[l]=s.userErrors;return l||await n(),l?e(l,r):``});return s(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),h()},children:[s(`p`,{children:[s(`strong`,{children:t.name}),` `,s(`small`,{class:`muted`,children:t.variantName})]}),s(`fieldset`,{class:`option`,children:[s(`legend`,{children:r.stars}),On.map(e=>s(`label`,{children:[s(`input`,{type:`radio`,name:`stars`,"aria-label":r.starsOf(e),checked:a===e,onChange:()=>o(e)}),s(`span`,{class:`star`,children:e<=a?`★`:`☆`})]},e))]}),s(`label`,{class:`field`,children:[s(`span`,{children:r.reviewText}),s(`input`,{value:c,maxLength:1e3,onInput:e=>l(e.currentTarget.value)})]}),s(`label`,{class:`tick`,children:[s(`input`,{type:`checkbox`,checked:u,onChange:()=>d(!u)}),r.anonymously]}),s(E,{text:p}),s(`button`,{class:`primary`,disabled:f,children:r.reviewSend})]})}var jn=3e3;function Mn({orderId:e,isToBePaid:t}){let n=B(),{me:r}=c(),i=Z(async()=>(await n.request(Ge,{id:e})).order,[e,r?.id]);return Mt(jn,i.value!=null&&Nn(i.value),()=>void i.reload()),s(Q,{of:i,children:e=>s(Pn,{order:e,isToBePaid:t,onChange:i.reload})})}function Nn({state:e,hold:t,refunds:n,afterSales:r}){let i=n.some(e=>![`SUCCEEDED`,`FAILED`].includes(e.state)),a=r.some(e=>[`APPLIED`,`RETURNING`,`REFUNDING`].includes(e.state));return i||a||t!==null||e===`REFUNDING`}function Pn({order:e,isToBePaid:t,onChange:n}){let r=H(),[i,a]=k(!1);return s(`div`,{class:`columns`,children:[s(`section`,{children:[s(`header`,{class:`order-state`,"data-state":e.state,children:[s(`h1`,{children:pn(e,r)}),s(`small`,{class:`muted`,children:r.number(e.number)})]}),e.buyingGroup&&s(J,{to:{at:`group`,id:e.buyingGroup.id},class:`panel group-strip`,children:[s(Zt,{group:e.buyingGroup}),s(`span`,{children:[s(`strong`,{children:r.groupState[e.buyingGroup.state]}),e.buyingGroup.state===`FORMING`&&s(`small`,{class:`muted`,children:r.missing(e.buyingGroup.seatsLeft)})]})]}),s(yn,{order:e,onChange:n}),s(Dn,{order:e}),s(`div`,{class:`panel`,children:[s(`h2`,{children:r.goodsTitle}),e.lines.map(e=>s(ct,{line:st(e,r)},e.id)),(e.state===`RECEIVED`||e.state===`COMPLETED`)&&s(kn,{order:e})]}),s(Fn,{order:e})]}),s(`aside`,{class:`panel summary`,children:[s(pt,{whole:dt(e)}),s(En,{order:e}),s(Cn,{order:e,isToBePaid:t,onChange:n,onApply:()=>a(!0)})]}),i&&s(o,{title:r.afterSaleApply,onClose:()=>a(!1),children:s(gn,{order:e,onApplied:()=>n().then(()=>a(!1))})})]})}function Fn({order:e}){let t=H(),n=[[t.placedAt,e.placedAt],[t.paidAt,e.paidAt],[t.shippedAt,e.shippedAt],[t.receivedAt,e.receivedAt]],{address:r}=e;return s(`div`,{class:`panel`,children:[s(`h2`,{children:e.delivery===`PICK_UP`?t.pickUp:t.ship}),r&&s(`p`,{children:[s(`strong`,{children:r.name}),` `,r.phone,s(`small`,{class:`muted block`,children:g(r)})]}),e.note&&s(`p`,{class:`muted`,children:e.note}),s(`ol`,{class:`moments`,children:n.map(([e,n])=>n&&s(`li`,{children:[s(`span`,{class:`muted`,children:e}),` `,Y(n,t.lang)]},e))})]})}function In({product:e,chosen:t,onChoose:n}){let r=(r,i)=>{let a=t.optionValues.map((e,t)=>t===r?i:e),o=({optionValues:e})=>e.filter((e,t)=>e===a[t]).length,[s]=e.variants.filter(({optionValues:e})=>e[r]===i).sort((e,t)=>o(t)-o(e));s&&n(s.id)};return s(p,{children:e.options.map(({name:e,values:n},i)=>s(`fieldset`,{class:`option`,children:[s(`legend`,{children:e}),n.map(n=>s(`label`,{children:[s(`input`,{type:`radio`,name:e,checked:t.optionValues[i]===n,onChange:()=>r(i,n)}),s(`span`,{children:n})]},n))]},e))})}function Ln({seckill:e,variant:t,onTurn:n}){let r=H(),i=q(),{id:a,startsAt:o,endsAt:c,remaining:l,stock:u}=e,d=Date.parse(o)<=le()&&le()<Date.parse(c),f={kind:`SECKILL`,id:a,groupId:null};return s(`section`,{class:`play-panel flash`,"aria-label":e.name,children:[s(`header`,{children:[s(`em`,{children:e.name}),s($,{startsAt:o,endsAt:c,onTurn:n})]}),s(`div`,{class:`play-buy`,children:[s(`span`,{children:[s(b,{...e.price}),s(`s`,{children:C(t.price.minor,t.price.currency)}),s(`meter`,{min:0,max:u,value:l,"aria-label":r.flashLeft(l)}),s(`small`,{children:[r.flashLeft(l),e.limitPerMember!==null&&` · ${r.limit(e.limitPerMember)}`]})]}),s(`button`,{class:`primary small`,disabled:!d||l===0,onClick:()=>i({at:`checkout`,basket:{of:`product`,variantId:t.id,quantity:1,play:f}}),children:l===0?r.soldOut:r.flashBuy})]})]})}function Rn({groupBuy:e,variant:t,onTurn:n}){let r=H(),i=q(),a=e.prices.find(({variantId:e})=>e===t.id);if(!a)return null;let o=a.leaderPrice??a.price,c=n=>{let r={kind:`GROUP`,id:e.id,groupId:n};i({at:`checkout`,basket:{of:`product`,variantId:t.id,quantity:1,play:r}})};return s(`section`,{class:`play-panel`,"aria-label":e.name,children:[s(`header`,{children:[s(`em`,{children:[r.together,` · `,r.sizeOf(e.size)]}),s($,{startsAt:e.startsAt,endsAt:e.endsAt,onTurn:n})]}),s(`div`,{class:`play-buy`,children:[s(`span`,{children:[s(b,{...a.price}),s(`s`,{children:C(t.price.minor,t.price.currency)}),a.leaderPrice&&s(`small`,{children:r.leaderSaves(C(a.leaderPrice.minor,a.leaderPrice.currency))})]}),s(`button`,{class:`primary small`,onClick:()=>c(null),children:r.togetherBuy(C(o.minor,o.currency))})]}),e.winners!==null&&s(`p`,{class:`muted`,children:r.winnersOf(e.winners)}),e.groups.length>0&&s(`ul`,{class:`forming`,"aria-label":r.groupsForming,children:e.groups.map(e=>s(`li`,{children:[s(J,{to:{at:`group`,id:e.id},label:r.viewGroup,children:[s(Zt,{group:e}),s(`span`,{children:[s(`strong`,{children:r.missing(e.seatsLeft)}),s($,{endsAt:e.expiresAt,onTurn:n})]})]}),s(`button`,{class:`quiet`,disabled:e.seatsLeft===0,onClick:()=>c(e.id),children:r.joinGroup})]},e.id))})]})}function zn({notices:e}){let t=H();return e.length?s(`section`,{class:`promotions`,children:[s(`h2`,{class:`muted`,children:t.promotions}),s(`ul`,{children:e.map(({promotionId:e,name:n,summary:r,endsAt:i,exclusive:a})=>s(`li`,{children:[s(`em`,{class:`tag`,children:n}),s(`span`,{children:r}),s(`small`,{class:`muted`,children:[i&&t.until(Y(i,t.lang)),a&&t.exclusive].filter(Boolean).join(` · `)})]},e))})]}):null}var Bn=5;function Vn({rating:e,reviews:t}){let n=H();return s(`section`,{class:`panel reviews`,children:[s(`h2`,{children:[n.reviews(e.count),e.averageTenths!==null&&s(`small`,{class:`muted`,children:[` `,n.rating((e.averageTenths/10).toFixed(1))]})]}),t.length===0&&s(`p`,{class:`muted`,children:n.reviewsNone}),s(`ul`,{children:t.map(e=>s(`li`,{children:[s(h,{name:e.author?.nickname??n.anonymous}),s(`span`,{children:[s(`strong`,{children:e.author?.nickname??n.anonymous}),s(Hn,{many:e.stars}),s(`small`,{class:`muted`,children:[e.variantName,` · `,St(e.createdAt,n.lang)]}),s(`p`,{children:e.text}),e.pictures.length>0&&s(`span`,{class:`review-pictures`,children:e.pictures.map(e=>s(`img`,{src:e,alt:``,loading:`lazy`},e))}),e.reply&&s(`p`,{class:`reply`,children:[n.replied,`: `,e.reply]})]})]},e.id))})]})}function Hn({many:e}){let t=H();return s(`span`,{class:`stars`,role:`img`,"aria-label":t.starsOf(e),children:[`★`.repeat(e),`☆`.repeat(Bn-e)]})}var Un=20,Wn=999;function Gn({slug:e}){let t=B(),{me:n}=c(),r=Z(()=>Kn(t,e),[e,n?.id]);return s(Q,{of:r,children:e=>s(qn,{...e,onTurn:()=>void r.reload()})})}async function Kn(e,t){let{product:n}=await e.request(Se,{slug:t});if(!n)return null;let{couponsToTake:r}=await e.request(Ce,{productId:n.id});return{product:n,coupons:r}}function qn({product:e,coupons:t,onTurn:n}){let[r,i]=k(()=>(e.variants.find(({available:e})=>e>0)??e.variants[0])?.id),a=e.variants.find(({id:e})=>e===r)??e.variants[0];return a?s(p,{children:[s(`article`,{class:`columns even`,children:[s(Jn,{product:e,variant:a}),s(`section`,{class:`offer`,children:[s(Yn,{product:e,variant:a}),e.seckills.filter(e=>e.variant?.id===a.id).slice(0,1).map(e=>s(Ln,{seckill:e,variant:a,onTurn:n},e.id)),e.groupBuy&&s(Rn,{groupBuy:e.groupBuy,variant:a,onTurn:n}),s(zn,{notices:a.promotions}),s(Xn,{templates:t}),s(In,{product:e,chosen:a,onChoose:i}),s(Zn,{variant:a},a.id)]})]}),s(Vn,{rating:e.rating,reviews:e.reviews.nodes}),s(Qn,{html:e.detailHtml})]}):null}function Jn({product:e,variant:t}){let[n,r]=k(null),i=[...new Set([...t.pictureUrl?[t.pictureUrl]:[],...e.pictures.map(({url:e})=>e)])],a=n??t.pictureUrl??i[0]??null;return s(`div`,{class:`pictures`,children:[s(`span`,{class:`picture-large`,children:s(A,{name:e.name,url:a},a)}),i.length>1&&s(`ul`,{children:i.map((t,n)=>s(`li`,{children:s(`button`,{"aria-label":`${e.name} ${n+1}`,"aria-pressed":t===a,onClick:()=>r(t),children:s(A,{name:e.name,url:t})})},t))})]})}function Yn({product:e,variant:t}){let n=H(),{memberPrice:r,listPrice:i}=t;return s(`header`,{children:[s(`h1`,{children:e.name}),s(`p`,{class:`muted`,children:e.brief}),s(`p`,{class:`offer-price`,children:[s(b,{...t.price}),i&&i.minor>t.price.minor&&s(`s`,{children:C(i.minor,i.currency)}),r&&r.minor<t.price.minor&&s(`em`,{class:`tag`,children:n.memberPrice(C(r.minor,r.currency))})]})]})}function Xn({templates:e}){let t=H();return e.length?s(`section`,{class:`tickets`,"aria-label":t.couponsToTake,children:e.map(e=>s(Ct,{template:e},e.id))}):null}function Zn({variant:t}){let n=H(),r=q(),i=V(),[a,o]=k(1),{busy:c,notice:l,run:u}=v(),d=Math.min(Wn,t.available),f=()=>u(async()=>{let r=await i.add(t.id,a);return r?e(r,n):n.added});return s(p,{children:[s(`div`,{class:`row`,children:[s(`span`,{children:[n.quantity,s(`small`,{class:`muted`,children:d===0?n.soldOut:t.available<=Un?n.few(t.available):n.available(t.available)})]}),s(T,{value:a,most:Math.max(1,d),onChange:o})]}),s(E,{text:l}),s(`div`,{class:`buy-bar`,children:[s(`button`,{class:`secondary`,disabled:c||d===0,onClick:()=>void f(),children:n.addToCart}),s(`button`,{class:`primary`,disabled:d===0,onClick:()=>r({at:`checkout`,basket:{of:`product`,variantId:t.id,quantity:a,play:null}}),children:d===0?n.soldOut:n.buyNow})]})]})}function Qn({html:e}){let t=H();return e?s(`section`,{class:`panel details`,children:[s(`h2`,{children:t.details}),s(`div`,{dangerouslySetInnerHTML:{__html:e}})]}):null}function $n(){let e=S(()=>it(location.search,navigator.language),[]),t=S(()=>a(te(),e.lang),[]),[r,i]=k(()=>de(location.search));return y(()=>{document.documentElement.lang=e.lang,document.title=e.shop,ce(t);let n=()=>i(de(location.search));return addEventListener(`popstate`,n),()=>removeEventListener(`popstate`,n)},[]),s(at.Provider,{value:e,children:s(l.Provider,{value:e,children:s(Xe.Provider,{value:t,children:s(_t.Provider,{value:(e,{replace:t}={replace:!1})=>{t?history.replaceState(null,``,P(e)):history.pushState(null,``,P(e)),i(e),scrollTo(0,0)},children:s(n,{client:t,children:s($e,{children:s(Jt,{view:r,children:s(er,{view:r},P(r))})})})})})})})}function er({view:e}){switch(e.at){case`home`:return s(rn,{categoryId:e.categoryId});case`product`:return s(Gn,{slug:e.slug});case`cart`:return s(yt,{});case`checkout`:return s(Ut,{basket:e.basket});case`orders`:return s(dn,{});case`order`:return s(Mn,{orderId:e.id,isToBePaid:e.isToBePaid});case`group`:return s($t,{groupId:e.id})}}se(s($n,{}),document.getElementById(`shop`));