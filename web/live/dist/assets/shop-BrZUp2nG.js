import{C as e,E as t,S as n,_ as r,a as i,at as a,b as o,c as s,ct as c,d as l,dt as u,et as d,f,ft as p,g as m,i as h,it as g,l as _,lt as v,n as y,nt as b,o as x,p as S,s as C,st as w,t as T,tt as ee,ut as E,w as D,x as O,y as k}from"./shared-DMfVP7ip.js";import{a as A,c as j,i as te,l as ne,n as M,o as N,r as re,s as P,t as F,u as I}from"./shared-C3RDCcot.js";import{a as ie,c as ae,d as oe,i as se,l as ce,n as le,p as ue,s as de,t as fe,u as L}from"./shared-C39uyrUD.js";var R={at:`home`,categoryId:null},pe=`cart`;function me(e){let t=new URLSearchParams(e),n=e=>t.get(e)??``;return t.has(`product`)?{at:`product`,slug:n(`product`)}:t.has(`group`)?{at:`group`,id:n(`group`)}:t.has(`post`)?{at:`post`,id:n(`post`)}:t.has(`order`)?{at:`order`,id:n(`order`),isToBePaid:t.has(`pay`)}:t.has(`orders`)?{at:`orders`}:t.has(`cart`)?{at:`cart`}:t.has(`buy`)?{at:`checkout`,basket:he(t)}:{at:`home`,categoryId:t.get(`category`)}}function he(e){let t=e.get(`buy`);if(t===pe)return{of:`cart`};let n=Math.min(999,Math.max(1,Number(e.get(`n`))||1)),r=e.has(`seckill`)?`SECKILL`:e.has(`groupbuy`)?`GROUP`:null,i=e.get(`seckill`)??e.get(`groupbuy`)??``;return{of:`product`,variantId:t,quantity:n,play:r&&{kind:r,id:i,groupId:e.get(`join`)}}}function z(e,t=location.search){let n=new URLSearchParams(t),r=new URLSearchParams(ge(e));for(let e of[`lang`,`share`])n.has(e)&&r.set(e,n.get(e));let i=r.toString().replace(/=(?=&|$)/g,``);return location.pathname+(i&&`?${i}`)}function ge(e){switch(e.at){case`home`:return e.categoryId?{category:e.categoryId}:{};case`product`:return{product:e.slug};case`order`:return{order:e.id,...e.isToBePaid&&{pay:``}};case`group`:return{group:e.id};case`post`:return{post:e.id};case`checkout`:return _e(e.basket);default:return{[e.at]:``}}}function _e(e){if(e.of===`cart`)return{buy:pe};let{variantId:t,quantity:n,play:r}=e;return{buy:t,n:String(n),...r&&{[r.kind===`GROUP`?`groupbuy`:`seckill`]:r.id},...r?.groupId&&{join:r.groupId}}}var B=`{ minor currency }`,V=`
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,H=`
  fragment Quote on CartQuote {
    quoteId
    lines {
      variantId
      quantity
      listPrice ${B}
      payable ${B}
      unitPayable ${B}
      points
      steps { ...Step }
      available
      inStock
    }
    gifts { variantId quantity value ${B} }
    missingGifts { variantId missing }
    steps { ...Step }
    goods ${B}
    shipping ${B}
    shippingDiscount ${B}
    total ${B}
    pointsUsed
    pointsEarned
    validUntil
    refusedCoupons { couponId reason lacking ${B} }
    canBeOrdered
  }
  ${`
  fragment Step on PriceStep { stage kind name amount ${B} }`}`,ve=`
  fragment Outdated on QuoteOutdated { quote { ...Quote } }
  ${H}`,U=`
  fragment Template on CouponTemplate {
    id
    name
    description
    kind
    amount ${B}
    offBp
    cap ${B}
    threshold ${B}
    perPerson
    left
    takenByMe
    endsAt
    days
  }`,W=`
  fragment Team on BuyingGroup {
    id
    state
    size
    seatsLeft
    expiresAt
    overAt
    winners
    members { member { id nickname avatarUrl } leads won }
  }`,ye=`
  fragment Flash on Seckill {
    id
    name
    price ${B}
    stock
    remaining
    startsAt
    endsAt
    limitPerOrder
    limitPerMember
  }`,be=`
  fragment Together on GroupBuy {
    id
    name
    size
    startsAt
    endsAt
    limitPerOrder
    winners
    prices { variantId price ${B} leaderPrice ${B} }
  }`,xe=`
  fragment Card on Product {
    id
    slug
    name
    brief
    priceRange { minimum ${B} maximum ${B} }
    media(first: 1) { url alt }
    promotions { promotionId name summary }
  }`,Se=`
  query Home($where: ProductWhere) {
    categories { id name children { id } }
    seckills(first: 6) {
      nodes { ...Flash variant { id name pictureUrl price ${B} } product { slug name } }
    }
    groupBuys(first: 6) { nodes { ...Together product { slug name media(first: 1) { url } priceRange { minimum ${B} } } } }
    couponsToTake { ...Template }
    products(first: 40, where: $where) { nodes { ...Card } }
  }
  ${xe}
  ${ye}
  ${be}
  ${U}`,Ce=`
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
        price ${B}
        listPrice ${B}
        memberPrice ${B}
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
  ${xe}
  ${ye}
  ${be}
  ${W}`,we=`
  query CouponsToTake($productId: ID!) { couponsToTake(productId: $productId) { ...Template } }
  ${U}`,Te=`
  mutation CouponTake($input: CouponTakeInput!) {
    couponTake(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${V}`,Ee=`
  mutation CouponRedeem($input: CouponRedeemCodeInput!) {
    couponRedeemCode(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${V}`,De=`
  query Purse {
    me {
      addresses { id name phone province city district line isDefault }
      points { balance }
      coupons(first: 50) { nodes { id endsAt template { ...Template } } }
    }
  }
  ${U}`,Oe=`
  query BestCoupons($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    bestCoupons(lines: $lines, terms: $terms) {
      best { id }
      saved ${B}
      others { id }
      refused { couponId reason lacking ${B} }
    }
  }`,ke=`
  query Quote($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    cartQuote(lines: $lines, terms: $terms) { ...Quote }
  }
  ${H}`,Ae=`
  query Variants($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Variant { id name pictureUrl product { slug name } } }
  }`,je=`
  query PickUpStores($variantIds: [ID!]!) {
    pickUpStores(variantIds: $variantIds) { hasAll store { id name address openingHours } }
  }`,Me=`
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
      unitPrice ${B}
      addedPrice ${B}
      priceChanged
      available
      inStock
    }
    quote { ...Quote }
  }
  ${H}`,Ne=`
  query Cart($id: ID) { cart(id: $id) { ...Basket } }
  ${Me}`,G=(e,t)=>`
  mutation Cart($input: ${t}!) { told: ${e}(input: $input) { cart { ...Basket } userErrors { ...Refusal } } }
  ${Me}
  ${V}`,Pe=G(`cartCreate`,`CartCreateInput`),Fe=G(`cartLinesAdd`,`CartLinesAddInput`),Ie=G(`cartLinesUpdate`,`CartLinesUpdateInput`),Le=G(`cartLinesRemove`,`CartLinesRemoveInput`),Re=G(`cartCouponsApply`,`CartCouponsInput`),ze=G(`cartCouponsRemove`,`CartCouponsInput`),Be=G(`cartAttach`,`CartAttachInput`),Ve=(e,t)=>`
  mutation Place($input: ${t}!) {
    told: ${e}(input: $input) { order { id } userErrors { ...Refusal ...Outdated } }
  }
  ${V}
  ${ve}`,He=Ve(`orderPlace`,`OrderPlaceInput`),Ue=Ve(`cartComplete`,`CartCompleteInput`),We=`
  fragment OrderStep on OrderPriceStep { stage kind name amount ${B} }`,Ge=`
  query Orders($after: String) {
    myOrders(first: 20, after: $after) {
      nodes {
        id
        number
        state
        hold
        total ${B}
        refunded ${B}
        placedAt
        lines { id name variantName pictureUrl quantity payable ${B} }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,K=`
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity kept }
    amount ${B}
    deducted ${B}
    reason
    answer
    carrier
    trackingNumber
    createdAt
  }`,Ke=`
  query ShopOrder($id: ID!) {
    order(id: $id) {
      id
      number
      state
      hold
      goods ${B}
      shipping ${B}
      total ${B}
      paid ${B}
      refunded ${B}
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
        listPrice ${B}
        payable ${B}
        unitPaid ${B}
        unitPoints
        steps { ...OrderStep }
        product { slug }
      }
      payments { id state method amount ${B} refunded ${B} paidAt }
      refunds { id state amount ${B} reason createdAt finishedAt }
      shipments { id state carrier trackingNumber sentAt receivedAt packed { orderLineId quantity } }
      afterSales { ...Claim }
      buyingGroup { ...Team }
    }
  }
  ${We}
  ${K}
  ${W}`,qe=`
  query Reviewable { reviewableLines(first: 50) { nodes { orderLineId orderId } } }`,Je=`
  mutation ReviewAdd($input: ReviewAddInput!) { told: reviewAdd(input: $input) { review { id } userErrors { ...Refusal } } }
  ${V}`;`${V}`,`${V}`;var Ye=`
  mutation AfterSaleApply($input: AfterSaleApplyInput!) {
    told: afterSaleApply(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  ${K}
  ${V}`;`${K}${V}`,`${K}${V}`,`${V}`;var Xe=`
  query Group($id: ID!) {
    buyingGroup(id: $id) {
      ...Team
      groupBuy {
        ...Together
        product { id slug name brief media(first: 1) { url alt } variants { id name price ${B} available } }
      }
    }
  }
  ${W}
  ${be}`,Ze=`
  query Post($id: ID!) {
    post(id: $id) {
      title
      summary
      coverUrl
      author { nickname avatarUrl }
      publishedAt
      blocks {
        __typename
        ... on ParagraphBlock { text }
        ... on HeadingBlock { text }
        ... on ImageBlock { url alt caption }
        ... on VideoBlock { url coverUrl caption }
        ... on AudioBlock { url title }
        ... on HtmlBlock { html }
        ... on ProductBlock { product { slug name brief media { url } priceRange { minimum ${B} } } }
      }
    }
  }`,Qe=p(null),$e=`cart`;function q(){return c(Qe)}function et({children:e}){let t=I(),{me:i}=r(),[a,o]=w(),s=v(()=>{let e=async()=>o(await tt(t)),n=async(e,n)=>{let{told:r}=await t.request(e,{input:n});return r.cart&&o(r.cart),r.userErrors[0]??null};return{reload:e,change:e=>n(Ie,{cartId:a.id,lines:[e]}),remove:e=>n(Le,{cartId:a.id,lineIds:[e]}),add:async(e,r)=>{let i=await nt(t);return o(i),n(Fe,{cartId:i.id,lines:[{variantId:e,quantity:r}]})}}},[t,a?.id]);g(()=>void s.reload().catch(()=>{}),[t,i?.id]);let c=a?.lines.reduce((e,{quantity:t})=>e+t,0)??0;return n(Qe.Provider,{value:{cart:a,count:c,...s},children:e})}async function tt(e){let t=C($e),n=e.session.accessToken!==null;if(n&&t&&(s($e,null),await e.request(Be,{input:{cartId:t}})),!n&&!t)return null;let{cart:r}=await e.request(Ne,{id:n?null:t});return r?.orderId?null:r}async function nt(e){let t=await tt(e);if(t)return t;let{told:n}=await e.request(Pe,{input:{}});return e.session.accessToken||s($e,n.cart.id),n.cart}var rt={shop:`Banmu`,rooms:`Live rooms`,login:`Log in to buy`,loginNote:`Log in with your phone; newcomers are signed up`,all:`All`,home:`Home`,cart:`Cart`,cartOf:e=>`Cart, ${e} items`,orders:`My orders`,loginShort:`Log in`,back:`Back`,gone:`It is not here any more, or never was`,toShop:`To the shop`,from:`up`,flash:`Flash sales`,flashLeft:e=>`${e} left`,flashBuy:`Buy in the flash sale`,startsIn:`Starts in`,endsIn:`Ends in`,days:e=>`${e} d`,over:`Over`,together:`Group buys`,sizeOf:e=>`Group of ${e}`,togetherBuy:e=>`Begin a group: ${e}`,leaderSaves:e=>`${e} for who begins`,joinGroup:`Join`,groupsForming:`Groups to join`,missing:e=>`${e} more needed`,viewGroup:`See the group`,promotions:`Offers`,memberPrice:e=>`Members from ${e}`,available:e=>`${e} in stock`,soldOut:`Sold out`,few:e=>`Only ${e} left`,addToCart:`Add to cart`,added:`It is in the cart`,buyNow:`Buy now`,details:`Details`,reviews:e=>`Reviews (${e})`,reviewsNone:`No reviews yet`,rating:e=>`${e} of 5`,starsOf:e=>`${e} stars`,anonymous:`Anonymous`,replied:`The shop replies`,until:e=>`until ${e}`,exclusive:`Not with other offers`,couponsToTake:`Coupons`,take:`Take`,taken:`Taken`,couponOff:e=>`${e} off`,couponPercent:e=>`${e} % off`,couponShipping:`Free shipping`,couponExchange:`Exchange`,couponFrom:e=>`from ${e}`,couponAny:`No minimum`,couponCap:e=>`at most ${e} off`,couponDays:e=>`Good for ${e} days`,couponUntil:e=>`Good until ${e}`,coupon:`Coupons`,couponsNone:`No coupons`,couponsPicked:e=>`${e} picked`,couponBest:`Best`,couponCode:`Code`,redeem:`Redeem`,redeemed:`Redeemed: it is among your coupons`,couponReason:{NOT_YET:`Not valid yet`,EXPIRED:`Expired`,NOTHING_IN_SCOPE:`Not for these goods`,BELOW_THRESHOLD:`Below its minimum`,NOT_COMBINABLE:`Not with the picked one`,NOT_NEEDED:`Nothing for it to bear`,NOT_YOURS:`Not yours`,CODE_UNKNOWN:`Unknown code`,IN_ANOTHER_ORDER:`Held by an unpaid order`,USED:`Used`,REVOKED:`Revoked`,NONE_LEFT:`None left`,TAKEN_ENOUGH:`You have had enough of it`,OTHER_STORE:`Of another store`,OTHER_GUIDE:`Of another guide`,OTHER_COMMUNITY:`For others`},lacking:e=>`${e} short`,cartEmpty:`The cart is empty`,lookAround:`Look around`,selectOf:e=>`Select ${e}`,remove:`Remove`,removeOf:e=>`Remove ${e}`,priceWas:e=>`was ${e}`,unavailable:`No longer to be had`,toCheckout:e=>`Check out (${e})`,cartNote:`Coupons, points and shipping come next`,delivery:`Delivery`,ship:`Ship`,pickUp:`Pick up`,addressNone:`Add an address`,addressSave:`Save the address`,addressFirst:`Choose an address first`,storesNone:`No store to pick it up from`,storeLacks:`Not everything is there`,goodsTitle:`Goods`,usePoints:`Use points`,pointsHave:e=>`${e} points`,pointsUsed:e=>`${e} points used`,pointsEarned:e=>`Earns ${e} points once received`,note:`A note to the shop (optional)`,place:`Place the order`,priceChanged:`The price changed: look at the new one, then place the order again`,validUntil:e=>`This price holds until ${e}`,cannotOrder:`Something cannot be had: go back and change it`,lineShort:e=>`Only ${e} can be had`,explain:`How the price came about`,explainOf:e=>`How the price of ${e} came about`,listed:`List price`,listedSum:`List prices`,payable:`To pay`,goods:`Goods`,shippingFee:`Shipping`,shipping:`Shipping`,due:`Total`,eachPaid:`Each`,gift:`Gift`,addOn:`Add-on`,giftMissing:e=>`${e} gifts out of stock`,step:{LEVEL_PRICE:`Price of your level`,PRICE_LIST:`Your price`,COUPON:`Coupon`,POINTS:`Points`,FREE_SHIPPING:`Free shipping`,SECKILL:`Flash sale`,GROUP:`Group price`,BARGAIN:`Bargain`,LIVE:`Live price`,POINTS_OFFER:`For points`},payGo:`Pay`,payWithin:`Please pay within`,ordersNone:`No orders yet`,nextPage:`More`,number:e=>`No. ${e}`,state:{PLACED:`To be paid`,PAID:`To be sent`,SHIPPED:`On its way`,RECEIVED:`Received`,COMPLETED:`Completed`,CANCELLED:`Cancelled`,REFUNDING:`Being refunded`,REFUNDED:`Refunded`},hold:{GROUP_FORMING:`Its group is filling`,GROUP_DRAW:`To be drawn`},itemsOf:e=>`${e} items`,placedAt:`Placed`,paidAt:`Paid`,shippedAt:`Sent`,receivedAt:`Received`,cancelOrder:`Cancel the order`,receive:`I have it`,packages:`Packages`,handedOver:`Picked up`,packageState:{SENT:`On its way`,RECEIVED:`Received`,CANCELLED:`Taken back`},payments:`Payments and refunds`,paymentState:{UNKNOWN:`Being confirmed`,PENDING:`To be paid`,CLOSING:`Closing`,CLOSED:`Closed`,PAID:`Paid`,REFUND_DUE:`Too much, going back`},method:{SANDBOX:`Sandbox`,BALANCE:`Balance`,GIFT_CARD:`Gift card`},refundState:{REQUESTED:`Waiting`,UNKNOWN:`On its way`,PROCESSING:`On its way`,ABNORMAL:`Being looked at`,SUCCEEDED:`Back with you`,FAILED:`Tried again`},refund:`Refund`,refundedOf:e=>`${e} refunded`,review:`Review`,reviewOf:e=>`Review ${e}`,stars:`Stars`,reviewText:`How is it? (optional)`,anonymously:`Without my name`,reviewSend:`Publish`,afterSale:`After-sales`,afterSaleApply:`Something is wrong`,kind:{REFUND_ONLY:`Refund`,RETURN_REFUND:`Return and refund`,EXCHANGE:`Exchange`},whatAndMany:`What, and how many`,kindLabel:`What should be done`,reason:`Why`,reasons:[`Changed my mind`,`Ordered by mistake`,`Not as described`,`Poor quality`,`Missing or broken`],estimated:`To come back`,submit:`Send`,claimState:{APPLIED:`The shop is asked`,AGREED:`Please send it back`,RETURNING:`On its way back`,REFUNDING:`Being refunded`,COMPLETED:`Completed`,CANCELLED_BY_BUYER:`Withdrawn`,REJECTED:`The shop said no`,REFUSED:`The shop did not take it`},claimed:`For the units`,deducted:`Less gifts kept`,comesBack:`Comes back`,cancelClaim:`Withdraw`,carrier:`Carrier`,trackingNumber:`Tracking number`,shipBack:`I sent it back`,group:`Group`,groupState:{WAITING:`Waiting for its first payment`,FORMING:`Filling`,SUCCEEDED:`Complete`,FAILED:`Not filled`},leader:`Leads`,seat:`Free`,winnersOf:e=>`${e} are drawn who get the goods; the others get their money back`,won:`Won`,invite:`Invite friends`,linkCopied:`The link is copied: send it to friends`,linkCopy:`Copy this link and send it to friends`,leave:`Leave the group`,leaveNote:`All that you paid comes back. Leave?`,leaveYes:`Leave`,keep:`Stay`,myOrder:`My order`},it={shop:`半亩方塘`,rooms:`直播间`,login:`登录后购买`,loginNote:`用手机号登录,新朋友会自动注册`,all:`全部`,home:`首页`,cart:`购物车`,cartOf:e=>`购物车,${e} 件`,orders:`我的订单`,loginShort:`登录`,back:`返回`,gone:`它不在这里了,或者从未有过`,toShop:`回到首页`,from:`起`,flash:`限时秒杀`,flashLeft:e=>`剩 ${e} 件`,flashBuy:`立即秒杀`,startsIn:`距开始`,endsIn:`距结束`,days:e=>`${e} 天`,over:`已结束`,together:`拼团`,sizeOf:e=>`${e} 人团`,togetherBuy:e=>`${e} 开团`,leaderSaves:e=>`团长价 ${e}`,joinGroup:`参团`,groupsForming:`可以直接参与的团`,missing:e=>`还差 ${e} 人`,viewGroup:`看看这个团`,promotions:`优惠`,memberPrice:e=>`会员价低至 ${e}`,available:e=>`还有 ${e} 件`,soldOut:`已售完`,few:e=>`仅剩 ${e} 件`,addToCart:`加入购物车`,added:`已放进购物车`,buyNow:`立即购买`,details:`详情`,reviews:e=>`评价 ${e}`,reviewsNone:`还没有人评价`,rating:e=>`${e} 分`,starsOf:e=>`${e} 星`,anonymous:`匿名用户`,replied:`店铺回复`,until:e=>`${e} 前`,exclusive:`不与其他优惠同享`,couponsToTake:`领券`,take:`领取`,taken:`已领取`,couponOff:e=>`减 ${e}`,couponPercent:e=>`${e} 折`,couponShipping:`包邮`,couponExchange:`兑换`,couponFrom:e=>`满 ${e} 可用`,couponAny:`无门槛`,couponCap:e=>`最多减 ${e}`,couponDays:e=>`领取后 ${e} 天内有效`,couponUntil:e=>`有效期至 ${e}`,coupon:`优惠券`,couponsNone:`没有可用的优惠券`,couponsPicked:e=>`已选 ${e} 张`,couponBest:`推荐`,couponCode:`优惠码`,redeem:`兑换`,redeemed:`兑换成功,已放进券包`,couponReason:{NOT_YET:`还没到使用时间`,EXPIRED:`已过期`,NOTHING_IN_SCOPE:`没有适用的商品`,BELOW_THRESHOLD:`未达到使用门槛`,NOT_COMBINABLE:`不能与已选的券同用`,NOT_NEEDED:`这单用不上`,NOT_YOURS:`不是你的券`,CODE_UNKNOWN:`优惠码不存在`,IN_ANOTHER_ORDER:`被另一笔未付订单占用`,USED:`已使用`,REVOKED:`已作废`,NONE_LEFT:`已领完`,TAKEN_ENOUGH:`已达领取上限`,OTHER_STORE:`仅限指定门店`,OTHER_GUIDE:`仅限指定导购的客户`,OTHER_COMMUNITY:`仅限指定人群`},lacking:e=>`还差 ${e}`,cartEmpty:`购物车还是空的`,lookAround:`去逛逛`,selectOf:e=>`选中 ${e}`,remove:`移除`,removeOf:e=>`移除 ${e}`,priceWas:e=>`放入时 ${e}`,unavailable:`已下架或售完`,toCheckout:e=>`去结算(${e})`,cartNote:`优惠券、积分和运费在下一步计算`,delivery:`收货方式`,ship:`快递到家`,pickUp:`到店自提`,addressNone:`添加收货地址`,addressSave:`保存地址`,addressFirst:`请先选择收货地址`,storesNone:`附近没有可以自提的门店`,storeLacks:`部分商品缺货`,goodsTitle:`商品`,usePoints:`使用积分`,pointsHave:e=>`共 ${e} 积分`,pointsUsed:e=>`使用 ${e} 积分`,pointsEarned:e=>`收货后得 ${e} 积分`,note:`给店铺留言(选填)`,place:`提交订单`,priceChanged:`价格有变化,请看过新的价格再提交`,validUntil:e=>`此价格保留到 ${e}`,cannotOrder:`有商品不能购买,请返回修改`,lineShort:e=>`只能买 ${e} 件`,explain:`价格明细`,explainOf:e=>`${e} 的价格明细`,listed:`原价`,listedSum:`商品原价`,payable:`实付`,goods:`商品合计`,shippingFee:`运费`,shipping:`运费合计`,due:`应付`,eachPaid:`每件`,gift:`赠品`,addOn:`加价购`,giftMissing:e=>`赠品缺货 ${e} 件`,step:{LEVEL_PRICE:`会员等级价`,PRICE_LIST:`专属价`,COUPON:`优惠券`,POINTS:`积分抵扣`,FREE_SHIPPING:`包邮`,SECKILL:`秒杀价`,GROUP:`拼团价`,BARGAIN:`砍价`,LIVE:`直播价`,POINTS_OFFER:`积分换购`},payGo:`去支付`,payWithin:`请尽快支付,剩余`,ordersNone:`还没有订单`,nextPage:`更多`,number:e=>`订单号 ${e}`,state:{PLACED:`待付款`,PAID:`待发货`,SHIPPED:`运输中`,RECEIVED:`已收货`,COMPLETED:`已完成`,CANCELLED:`已取消`,REFUNDING:`退款中`,REFUNDED:`已退款`},hold:{GROUP_FORMING:`等待成团`,GROUP_DRAW:`等待开奖`},itemsOf:e=>`共 ${e} 件`,placedAt:`下单`,paidAt:`付款`,shippedAt:`发货`,receivedAt:`收货`,cancelOrder:`取消订单`,receive:`确认收货`,packages:`包裹`,handedOver:`门店自提`,packageState:{SENT:`运输中`,RECEIVED:`已签收`,CANCELLED:`已撤回`},payments:`付款与退款`,paymentState:{UNKNOWN:`确认中`,PENDING:`待支付`,CLOSING:`关闭中`,CLOSED:`已关闭`,PAID:`已支付`,REFUND_DUE:`多付,退回中`},method:{SANDBOX:`沙箱支付`,BALANCE:`余额`,GIFT_CARD:`礼品卡`},refundState:{REQUESTED:`等待退回`,UNKNOWN:`退回中`,PROCESSING:`退回中`,ABNORMAL:`处理中`,SUCCEEDED:`已退回`,FAILED:`重试中`},refund:`退款`,refundedOf:e=>`已退 ${e}`,review:`评价`,reviewOf:e=>`评价 ${e}`,stars:`评分`,reviewText:`说说用下来怎么样(选填)`,anonymously:`匿名评价`,reviewSend:`发表评价`,afterSale:`售后`,afterSaleApply:`申请售后`,kind:{REFUND_ONLY:`仅退款`,RETURN_REFUND:`退货退款`,EXCHANGE:`换货`},whatAndMany:`哪些商品,各几件`,kindLabel:`希望怎么处理`,reason:`原因`,reasons:[`不想要了`,`拍错了`,`与描述不符`,`质量问题`,`少件或破损`],estimated:`预计退回`,submit:`提交申请`,claimState:{APPLIED:`等待店铺处理`,AGREED:`请寄回商品`,RETURNING:`商品寄回中`,REFUNDING:`退款中`,COMPLETED:`已完成`,CANCELLED_BY_BUYER:`已撤销`,REJECTED:`店铺未同意`,REFUSED:`店铺拒收`},claimed:`申请退回`,deducted:`扣除未退的赠品`,comesBack:`退回`,cancelClaim:`撤销申请`,carrier:`快递公司`,trackingNumber:`快递单号`,shipBack:`已寄回`,group:`拼团`,groupState:{WAITING:`等待团长付款`,FORMING:`拼团中`,SUCCEEDED:`拼团成功`,FAILED:`拼团未成`},leader:`团长`,seat:`虚位以待`,winnersOf:e=>`成团后抽 ${e} 人得商品,其余全额退款`,won:`中奖`,invite:`邀请好友参团`,linkCopied:`链接已复制,发给好友吧`,linkCopy:`复制这个链接,发给好友吧`,leave:`退出拼团`,leaveNote:`退出后全额退款,确定吗?`,leaveYes:`确定退出`,keep:`再想想`,myOrder:`我的订单`};function at(e,t){let n=D(e,t);return{...n,...n.lang===`en`?rt:it}}var ot=p(null);function J(){return c(ot)}function st(e,t){return{...e,name:t?.product?.name??`…`,variantName:t?.name??``,pictureUrl:t?.pictureUrl??null,mark:``,units:e.unitPayable}}function ct(e,t){let n={GOODS:``,GIFT:t.gift,ADD_ON:t.addOn}[e.kind];return{...e,mark:n,units:e.unitPaid}}function lt({line:e,children:t}){let r=J(),i=j(e.listPrice,e.quantity);return n(`details`,{class:`explained`,children:[n(`summary`,{children:[n(`span`,{class:`thumb`,children:n(y,{name:e.name,url:e.pictureUrl})}),n(`span`,{class:`explained-text`,children:[n(`strong`,{children:[e.mark&&n(`em`,{class:`tag`,children:e.mark}),e.name]}),n(`small`,{class:`muted`,children:[e.variantName,` × `,e.quantity]})]}),n(`span`,{class:`explained-sum`,children:[n(N,{of:e.payable}),i.minor!==e.payable.minor&&n(`s`,{children:S(i.minor,i.currency)})]})]}),n(`dl`,{class:`steps`,"aria-label":r.explainOf(e.name),children:[n(Y,{part:`list`,title:`${r.listed} ${f(e.listPrice.minor,e.listPrice.currency)} × ${e.quantity}`,amount:i}),n(ut,{steps:e.steps}),n(Y,{part:`payable`,title:r.payable,amount:e.payable}),e.quantity>1&&n(`div`,{class:`units`,children:[n(`dt`,{children:r.eachPaid}),n(`dd`,{children:_t(e.units).map(([e,t])=>n(`span`,{"data-units":t,children:[n(N,{of:e}),` × `,t]},e.minor))})]})]}),t]})}function ut({steps:e}){let t=J();return n(E,{children:e.map((e,r)=>n(Y,{part:`step`,title:ht(e,t),amount:j(e.amount,-1)},r))})}function Y({part:e,title:t,amount:r}){return n(`div`,{"data-part":e,children:[n(`dt`,{children:t}),n(`dd`,{children:n(N,{of:r})})]})}function dt(e){return{...e,fee:e.shipping}}function ft(e){let t=e.steps.filter(({stage:e})=>e===pt),n=P([e.shipping,...t.map(({amount:e})=>e)]);return{...e,steps:[...gt(e.lines.flatMap(({steps:e})=>e)),...t],fee:n}}var pt=`SHIPPING`;function mt({whole:e}){let t=J(),r=e.steps.filter(({stage:e})=>e===pt);return n(`dl`,{class:`steps whole`,"aria-label":t.explain,children:[n(Y,{part:`list`,title:t.listedSum,amount:P(e.lines.map(e=>j(e.listPrice,e.quantity)))}),n(ut,{steps:e.steps.filter(({stage:e})=>e!==pt)}),n(Y,{part:`goods`,title:t.goods,amount:e.goods}),n(Y,{part:`fee`,title:t.shippingFee,amount:e.fee}),r.map((e,r)=>n(Y,{part:`bearing`,title:ht(e,t),amount:j(e.amount,-1)},r)),n(Y,{part:`total`,title:t.due,amount:e.total})]})}function ht({kind:e,name:t},n){let r=n.step[e];return t?r?`${r} · ${t}`:t:r??e}function gt(e){let t=new Map;for(let n of e){let e=[n.stage,n.kind,n.name].join(`
`),r=t.get(e);t.set(e,r?{...r,amount:P([r.amount,n.amount])}:n)}return[...t.values()]}function _t(e){let t=new Map;for(let n of e)t.set(n.minor,[n,(t.get(n.minor)?.[1]??0)+1]);return[...t.values()]}var vt=p(()=>{});function X(){return c(vt)}function Z({to:e,label:t,children:r,...i}){let a=X();return n(`a`,{...i,"aria-label":t,href:z(e),onClick:t=>{t.metaKey||t.ctrlKey||t.shiftKey||t.button!==0||(t.preventDefault(),a(e))},children:r})}var yt=999;function bt(){let e=J(),t=X(),{cart:r}=q();if(r===void 0)return n(`p`,{class:`nothing waiting`,"aria-busy":`true`});if(!r?.lines.length)return n(xt,{});let{quote:i}=r,a=i.lines.reduce((e,{quantity:t})=>e+t,0);return n(`div`,{class:`columns`,children:[n(`section`,{children:[n(`h1`,{children:e.cart}),n(`ul`,{class:`cart-lines`,children:r.lines.map(e=>n(St,{line:e},e.id))})]}),n(`aside`,{class:`panel summary`,children:[i.lines.map(e=>n(lt,{line:st(e,r.lines.find(({variantId:t})=>t===e.variantId)?.variant)},e.variantId)),n(`p`,{class:`row total`,children:[n(`span`,{children:e.goods}),n(N,{of:P(i.lines.map(({payable:e})=>e))})]}),n(`p`,{class:`muted`,children:e.cartNote}),n(`button`,{class:`primary`,disabled:!a||!i.canBeOrdered,onClick:()=>t({at:`checkout`,basket:{of:`cart`}}),children:e.toCheckout(a)})]})]})}function xt(){let e=J();return n(`p`,{class:`nothing`,children:[e.cartEmpty,n(Z,{to:R,class:`quiet`,children:e.lookAround})]})}function St({line:e}){let t=J(),{change:r,remove:i}=q(),{busy:a,notice:s,run:c}=l(),u=e.variant?.product?.name??t.unavailable,d=e.available===0||!e.variant,f=e=>void c(async()=>{let n=await e();return n?k(n,t):``});return n(`li`,{class:d?`gone`:``,"aria-busy":a,children:[n(`label`,{class:`tick`,children:n(`input`,{type:`checkbox`,"aria-label":t.selectOf(u),checked:e.selected,disabled:a||d,onChange:()=>f(()=>r({lineId:e.id,selected:!e.selected}))})}),n(`span`,{class:`thumb`,children:n(y,{name:u,url:e.variant?.pictureUrl??null})}),n(`span`,{class:`cart-text`,children:[e.variant?.product?n(Z,{to:{at:`product`,slug:e.variant.product.slug},children:u}):n(`span`,{children:u}),n(`small`,{class:`muted`,children:e.variant?.name}),!e.inStock&&!d&&n(`small`,{class:`warn`,children:t.lineShort(e.available)}),n(`span`,{class:`cart-price`,children:[e.unitPrice&&n(L,{...e.unitPrice}),e.priceChanged&&n(`small`,{class:`muted`,children:t.priceWas(S(e.addedPrice.minor,e.addedPrice.currency))})]})]}),n(`span`,{class:`cart-deeds`,children:[!d&&n(T,{value:e.quantity,most:Math.min(yt,Math.max(1,e.available)),onChange:t=>f(()=>r({lineId:e.id,quantity:t}))}),n(`button`,{class:`text-button`,"aria-label":t.removeOf(u),onClick:()=>f(()=>i(e.id)),children:t.remove})]}),s&&n(o,{text:s})]})}function Ct({template:e}){let t=J(),i=I(),{asMember:a}=r(),[s,c]=w(e.takenByMe),[u]=w(d),{busy:f,notice:p,run:m}=l(),h=()=>m(async()=>{let n={couponTemplateId:e.id,idempotencyKey:`${u}-${s}`},{couponTake:r}=await i.request(Te,{input:n}),[a]=r.userErrors;return a?k(a,t):(c(s+1),``)}),g=s>=e.perPerson;return n(`div`,{class:`ticket`,children:[n(`span`,{class:`ticket-worth`,children:Tt(e,t)}),n(`span`,{class:`ticket-text`,children:[n(`strong`,{children:e.name}),n(`small`,{children:[Dt(e,t),e.days!==null&&` · ${t.couponDays(e.days)}`,e.endsAt&&` · ${t.couponUntil(F(e.endsAt,t.lang))}`]})]}),n(`button`,{disabled:f||g||e.left===0,onClick:()=>a(()=>void h()),children:g?t.taken:e.left===0?t.soldOut:t.take}),p&&n(o,{text:p})]})}function wt(e,t){let n=e.kind===`FIXED`?t.couponOff(Tt(e,t)):Tt(e,t),{cap:r}=e,i=r.minor>0?` · ${t.couponCap(S(r.minor,r.currency))}`:``;return`${Dt(e,t)} · ${n}${i}`}function Tt({kind:e,amount:t,offBp:n},r){switch(e){case`FIXED`:return S(t.minor,t.currency);case`PERCENT`:return r.couponPercent(Et(n,r.lang));case`FREE_SHIPPING`:return r.couponShipping;case`EXCHANGE`:return r.couponExchange}}function Et(e,t){let n=t.startsWith(`zh`)?(1e4-e)/10:e;return String(n/100)}function Dt({threshold:e},t){return e.minor>0?t.couponFrom(S(e.minor,e.currency)):t.couponAny}function Ot({checkout:e,purse:t}){let r=J(),{advice:i,shown:a,couponIds:o,pick:s}=e,c=new Map([...i?.refused??[],...a?.refusedCoupons??[]].map(e=>[e.couponId,e])),l=new Set(i?.best.map(({id:e})=>e)),u=t.coupons.nodes.filter(({id:e})=>!jt(c.get(e))),d=t.coupons.nodes.filter(({id:e})=>jt(c.get(e))),f=e=>s(o.includes(e)?o.filter(t=>t!==e):[...o,e]);return n(`details`,{class:`coupons`,children:[n(`summary`,{children:[n(`span`,{children:r.coupon}),n(`span`,{class:o.length?`chosen`:`muted`,children:o.length?r.couponsPicked(o.length):u.length?r.available(u.length):r.couponsNone})]}),n(`ul`,{children:[...u,...d].map(e=>n(kt,{coupon:e,isBest:l.has(e.id),isPicked:o.includes(e.id),refused:c.get(e.id),onToggle:()=>f(e.id)},e.id))}),n(At,{onRedeemed:e.purse.reload})]})}function kt({coupon:{template:e,endsAt:t},isBest:r,isPicked:i,refused:a,onToggle:o}){let s=J();return n(`li`,{children:n(`label`,{class:`tick`,children:[n(`input`,{type:`checkbox`,checked:i,disabled:jt(a)&&!i,onChange:o}),n(`span`,{children:[n(`strong`,{children:e.name}),r&&n(`em`,{class:`tag`,children:s.couponBest}),n(`small`,{class:`muted`,children:[wt(e,s),` · `,s.couponUntil(F(t,s.lang))]}),a&&n(`small`,{class:`warn`,children:Mt(a,s)})]})]})})}function At({onRedeemed:e}){let t=J(),r=I(),[i,a]=w(``),{busy:s,notice:c,run:u}=l(),f=()=>u(async()=>{let n={code:i,idempotencyKey:d()},{couponRedeemCode:o}=await r.request(Ee,{input:n}),[s]=o.userErrors;return s?k(s,t):(a(``),await e(),t.redeemed)});return n(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),f()},children:[n(`div`,{class:`field-row`,children:[n(`label`,{class:`field`,children:[n(`span`,{children:t.couponCode}),n(`input`,{value:i,maxLength:40,autocomplete:`off`,onInput:e=>a(e.currentTarget.value)})]}),n(`button`,{class:`quiet`,disabled:s||!i.trim(),children:t.redeem})]}),c&&n(o,{text:c})]})}function jt(e){return e!==void 0&&e.reason!==`NOT_COMBINABLE`}function Mt({reason:e,lacking:t},n){let r=n.couponReason[e]??e;return t.minor>0?`${r} · ${n.lacking(f(t.minor,t.currency))}`:r}function Q({of:e,children:t}){let r=J(),i=n(E,{children:[r.gone,n(Z,{to:R,class:`quiet`,children:r.toShop})]});return n(re,{of:e,gone:i,children:t})}function Nt({checkout:e,purse:t}){let r=J(),{delivery:i,deliver:a}=e,o=`addressId`in i;return n(`fieldset`,{class:`panel delivery`,children:[n(`legend`,{children:r.delivery}),n(`div`,{class:`tabs`,children:[n(`label`,{children:[n(`input`,{type:`radio`,name:`delivery`,checked:o,onChange:()=>a({addressId:t.addresses[0]?.id??null})}),r.ship]}),n(`label`,{children:[n(`input`,{type:`radio`,name:`delivery`,checked:!o,onChange:()=>a({pickUpStoreId:null})}),r.pickUp]})]}),o?n(Pt,{checkout:e,purse:t,chosen:i.addressId}):n(Ft,{checkout:e,chosen:i.pickUpStoreId})]})}function Pt({checkout:{deliver:e,purse:t},purse:{addresses:r},chosen:i}){let a=J(),s=I(),[c,u]=w(r.length?null:ie),{busy:d,notice:f,run:p}=l(),m=()=>p(async()=>{let n=await ce(s,c);return`phone`in n?(e({addressId:n.id}),u(null),await t.reload(),``):k(n,a)});return n(E,{children:[n(`ul`,{class:`places`,children:r.map(t=>n(`li`,{children:n(`label`,{class:`tick`,children:[n(`input`,{type:`radio`,name:`address`,checked:t.id===i,onChange:()=>e({addressId:t.id})}),n(`span`,{children:[n(`strong`,{children:t.name}),` `,t.phone,n(`small`,{class:`muted`,children:de(t)})]})]})},t.id))}),c?n(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),m()},children:[n(se,{draft:c,onDraft:u}),f&&n(o,{text:f}),n(`button`,{class:`quiet`,disabled:d||!ae(c),children:a.addressSave})]}):n(`button`,{class:`text-button`,onClick:()=>u(ie),children:[`+ `,a.addressNone]})]})}function Ft({checkout:{lines:e,deliver:t},chosen:r}){let i=J(),a=I(),o=e.map(({variantId:e})=>e),s=A(async()=>(await a.request(je,{variantIds:o})).pickUpStores,[o.join()]);return n(Q,{of:s,children:e=>n(`ul`,{class:`places`,children:[e.map(({hasAll:e,store:a})=>n(`li`,{children:n(`label`,{class:`tick`,children:[n(`input`,{type:`radio`,name:`store`,checked:a.id===r,disabled:!e,onChange:()=>t({pickUpStoreId:a.id})}),n(`span`,{children:[n(`strong`,{children:a.name}),` `,!e&&n(`em`,{class:`tag`,children:i.storeLacks}),n(`small`,{class:`muted`,children:[a.address,a.openingHours].filter(Boolean).join(` · `)})]})]})},a.id)),e.length===0&&n(`li`,{class:`muted`,children:i.storesNone})]})})}function It(e,t,n){let r=v(()=>zt(t,n),[t,n]),i=t.of===`product`?t.play:null,[o,s]=w(null),[c,l]=w(0),[u,f]=w(null),[p,m]=w(null),h=a(d()),_=A(()=>e.request(De).then(({me:e})=>e),[e]),y=u??{addressId:Bt(_.value?.addresses)},b={play:i,...y},x=JSON.stringify([r,b]),S=r.length>0&&_.value!==void 0,C=A(async()=>S?(await e.request(Oe,{lines:r,terms:b})).bestCoupons:null,[x,S,_.value]),T=o??C.value?.best.map(({id:e})=>e)??[],ee={...b,couponIds:T,points:c},E=S&&(C.value!=null||C.failure!==``),D=JSON.stringify([x,T,c]),O=A(async()=>E?(await e.request(ke,{lines:r,terms:ee})).cartQuote:null,[D,E]);g(()=>{m(null),h.current=d()},[D]),Lt(O);let k=p??O.value??null;return{lines:r,purse:_,advice:C.value??null,quote:O,shown:k,couponIds:T,pick:s,points:c,spend:l,delivery:y,deliver:f,isDelivered:Object.values(y).every(Boolean),place:async a=>{let o={...y,points:c,note:a,quoteId:k?.quoteId,code:e.session.shareCode,idempotencyKey:h.current};t.of===`cart`&&await Vt(e,n,T);let[s,l]=t.of===`cart`?[Ue,{cartId:n.id}]:[He,{lines:r,play:i,couponIds:T}],{told:u}=await e.request(s,{input:{...o,...l}}),[f]=u.userErrors;return f?(f.quote&&m(f.quote),f.retryable||(h.current=d()),{refusal:f}):{orderId:u.order.id}}}}function Lt({value:e,reload:t}){g(()=>{let n=e?.validUntil?Date.parse(e.validUntil)-Date.now():1/0;if(n>Rt)return;let r=setTimeout(()=>void t(),Math.max(n,1e3));return()=>clearTimeout(r)},[e,t])}var Rt=864e5;function zt(e,t){return e.of===`product`?[{variantId:e.variantId,quantity:e.quantity,addOnOf:null}]:(t?.lines.filter(e=>e.selected&&e.unitPrice)??[]).map(({variantId:e,quantity:t,addOnOf:n})=>({variantId:e,quantity:t,addOnOf:n}))}function Bt(e){return(e?.find(({isDefault:e})=>e)??e?.[0])?.id??null}async function Vt(e,t,n){let r=t.couponIds.filter(e=>!n.includes(e)),i=n.filter(e=>!t.couponIds.includes(e));r.length&&await e.request(ze,{input:{cartId:t.id,couponIds:r}}),i.length&&await e.request(Re,{input:{cartId:t.id,couponIds:i}})}function Ht(e){let t=I(),n=[...new Set(e)].sort(),{value:r}=A(async()=>{if(!n.length)return{};let{nodes:e}=await t.request(Ae,{ids:n});return Object.fromEntries(e.flatMap(e=>e?[[e.id,e]]:[]))},[n.join()]);return r??{}}function Ut({basket:e}){let t=J(),{me:i,asMember:a}=r();return I().session.accessToken===null?n(`p`,{class:`nothing`,children:n(`button`,{class:`primary small`,onClick:()=>a(()=>{}),children:t.login})}):n(Wt,{basket:e},i?.id)}function Wt({basket:e}){let t=J(),{cart:r}=q(),i=It(I(),e,r),{shown:a}=i,o=Ht([...i.lines,...a?.gifts??[],...a?.missingGifts??[]].map(({variantId:e})=>e)),s=i.purse.value;return r!==void 0&&i.lines.length===0?n(xt,{}):n(`div`,{class:`columns`,children:[n(`section`,{children:[n(`h1`,{children:t.checkout}),s&&n(Nt,{checkout:i,purse:s}),n(`div`,{class:`panel`,children:[n(`h2`,{children:t.goodsTitle}),a?.lines.map(e=>n(lt,{line:st(e,o[e.variantId])},e.variantId)),a&&n(Gt,{quote:a,cards:o})]})]}),n(`aside`,{class:`panel summary`,children:[s&&n(Ot,{checkout:i,purse:s}),s&&n(Kt,{checkout:i,balance:s.points?.balance??0}),a?n(mt,{whole:dt(a)}):n(`p`,{class:`nothing waiting`,"aria-busy":`true`}),n(qt,{checkout:i})]})]})}function Gt({quote:e,cards:t}){let r=J(),i=e=>[t[e]?.product?.name,t[e]?.name].filter(Boolean).join(` `);return n(`ul`,{class:`gifts-along`,children:[e.gifts.map(({variantId:e,quantity:t})=>n(`li`,{children:[n(`em`,{class:`tag`,children:r.gift}),i(e),` × `,t]},e)),e.missingGifts.map(({variantId:e,missing:t})=>n(`li`,{class:`muted`,children:[i(e),` · `,r.giftMissing(t)]},e))]})}function Kt({checkout:e,balance:t}){let r=J(),{shown:i,points:a,spend:o}=e;return t<=0?null:n(`label`,{class:`row tick`,children:[n(`span`,{children:[r.usePoints,n(`small`,{class:`muted`,children:i?.pointsUsed?r.pointsUsed(String(i.pointsUsed)):r.pointsHave(String(t))})]}),n(`input`,{type:`checkbox`,checked:a>0,onChange:()=>o(a>0?0:t)})]})}function qt({checkout:e}){let t=J(),r=X(),i=q(),[a,s]=w(``),{busy:c,notice:u,run:d}=l(),{shown:f,isDelivered:p,quote:m}=e,h=()=>d(async()=>{let n=await e.place(a.trim());return`refusal`in n?n.refusal.quote?t.priceChanged:k(n.refusal,t):(r({at:`order`,id:n.orderId,isToBePaid:!0},{replace:!0}),await i.reload(),``)}),g=p?f?.canBeOrdered===!1?t.cannotOrder:m.failure:t.addressFirst;return n(E,{children:[n(`label`,{class:`field`,children:[n(`span`,{children:t.note}),n(`input`,{value:a,maxLength:200,onInput:e=>s(e.currentTarget.value)})]}),f&&f.pointsEarned>0&&n(`p`,{class:`muted`,children:t.pointsEarned(String(f.pointsEarned))}),f?.validUntil&&n(`p`,{class:`muted`,children:t.validUntil(M(f.validUntil,t.lang))}),n(o,{text:u||g}),n(`div`,{class:`buy-bar`,children:[f&&n(L,{...f.total}),n(`button`,{class:`primary`,disabled:c||!f?.canBeOrdered||!p,onClick:()=>void h(),children:t.place})]})]})}function Jt({view:e,children:t}){let i=J(),{me:a,asMember:o}=r(),{count:s}=q(),c=X(),l=Yt(z(e));return n(E,{children:[n(`header`,{class:`shop-header`,children:n(`nav`,{"aria-label":i.shop,children:[e.at!==`home`&&n(`button`,{class:`icon-button back`,"aria-label":i.back,onClick:()=>history.length>1?history.back():c(R),children:n(`svg`,{viewBox:`0 0 24 24`,"aria-hidden":`true`,children:n(`path`,{d:`M15 5l-7 7 7 7`})})}),n(Z,{to:R,class:`shop-name`,children:i.shop}),n(`a`,{class:`wide-only`,href:`../live/`,children:i.rooms}),n(`a`,{class:`language`,href:ee(i.lang===`en`?`zh`:`en`),children:i.language}),a?n(Z,{to:{at:`orders`},children:i.orders}):n(`button`,{onClick:()=>o(()=>{}),children:i.loginShort}),n(Z,{to:{at:`cart`},class:`cart-link`,label:i.cartOf(s),children:[n(`svg`,{viewBox:`0 0 24 24`,"aria-hidden":`true`,children:[n(`path`,{d:`M3 4h2l2.4 11.2a1 1 0 0 0 1 .8h8.7a1 1 0 0 0 1-.8L20 8H6.2`}),n(`circle`,{cx:`9.5`,cy:`20`,r:`1.4`}),n(`circle`,{cx:`16.5`,cy:`20`,r:`1.4`})]}),s>0&&n(`b`,{children:s>99?`99+`:s})]})]})}),n(`main`,{ref:l,tabIndex:-1,class:`view ${e.at}`,children:t})]})}function Yt(e){let t=a(null),n=a(e);return g(()=>{n.current!==e&&t.current?.focus({preventScroll:!0}),n.current=e},[e]),t}function $({startsAt:e,endsAt:t,onTurn:r}){let i=J(),o=oe(!0),s=e!==void 0&&Date.parse(e)>o,c=Math.ceil((Date.parse(s?e:t)-o)/1e3),l=s?`begins`:c>0?`runs`:`over`,u=a(l);return g(()=>{u.current!==l&&r?.(),u.current=l},[l]),l===`over`?n(`span`,{class:`countdown over`,children:i.over}):n(`span`,{class:`countdown`,role:`timer`,children:[e!==void 0&&n(`small`,{children:s?i.startsIn:i.endsIn}),n(`b`,{children:Xt(c,i.days)})]})}function Xt(e,t){let n=e=>String(e).padStart(2,`0`),r=Math.floor(e/86400),i=`${n(Math.floor(e/3600)%24)}:${n(Math.floor(e/60)%60)}:${n(e%60)}`;return r>0?`${t(r)} ${i}`:i}function Zt({group:e,named:t=!1}){let r=J(),i=Math.max(0,e.size-e.members.length);return n(`ul`,{class:t?`faces named`:`faces`,children:[e.members.map(({member:e,leads:i,won:a})=>n(`li`,{children:[n(_,{name:e.nickname,url:e.avatarUrl}),t&&n(`span`,{children:e.nickname}),i&&n(`em`,{children:r.leader}),a&&n(`em`,{class:`won`,children:r.won})]},e.id)),e.state===`FORMING`&&Array.from({length:Math.min(i,t?i:5)},(e,i)=>n(`li`,{class:`free`,children:[n(`span`,{class:`avatar`,"aria-hidden":`true`,children:`?`}),t&&n(`span`,{children:r.seat})]},i))]})}var Qt=5e3;function $t({groupId:e}){let t=I(),r=A(async()=>(await t.request(Xe,{id:e})).buyingGroup,[e]);return te(Qt,r.value?.state===`FORMING`,()=>void r.reload()),n(Q,{of:r,children:e=>n(en,{group:e,onTurn:()=>void r.reload()})})}function en({group:e,onTurn:t}){let r=J(),{groupBuy:i}=e,{product:a}=i,o=e.size-e.seatsLeft;return n(`section`,{class:`panel team`,"data-state":e.state,children:[a&&n(Z,{to:{at:`product`,slug:a.slug},class:`team-product`,children:[n(`span`,{class:`thumb large`,children:n(y,{name:a.name,url:a.media[0]?.url??null})}),n(`span`,{children:[n(`strong`,{children:a.name}),n(`small`,{class:`muted block`,children:a.brief}),n(`em`,{class:`tag`,children:r.sizeOf(e.size)})]})]}),n(`h1`,{children:r.groupState[e.state]}),e.state===`FORMING`&&n(`p`,{class:`team-missing`,children:[n(`strong`,{children:r.missing(e.seatsLeft)}),n($,{endsAt:e.expiresAt,onTurn:t})]}),n(`progress`,{max:e.size,value:o,"aria-label":r.missing(e.seatsLeft)}),n(Zt,{group:e,named:!0}),e.winners!==null&&n(`p`,{class:`muted`,children:r.winnersOf(e.winners)}),e.state===`FORMING`&&n(tn,{group:e}),e.state===`FORMING`&&n(nn,{group:e})]})}function tn({group:{id:e,groupBuy:t,members:i,seatsLeft:a}}){let o=J(),s=X(),{me:c}=r(),l=t.prices.flatMap(({variantId:e,price:n})=>{let r=t.product?.variants.find(t=>t.id===e);return r?[{...r,list:r.price,cost:n}]:[]}),[u,d]=w(l.find(({available:e})=>e>0)?.id),f=l.find(e=>e.id===u);if(!f||i.some(({member:e})=>e.id===c?.id))return null;let p={kind:`GROUP`,id:t.id,groupId:e};return n(E,{children:[l.length>1&&n(`fieldset`,{class:`option`,children:[n(`legend`,{class:`muted`,children:o.goodsTitle}),l.map(e=>n(`label`,{children:[n(`input`,{type:`radio`,name:`variant`,checked:e.id===f.id,disabled:e.available===0,onChange:()=>d(e.id)}),n(`span`,{children:e.name})]},e.id))]}),n(`div`,{class:`buy-bar`,children:[n(`span`,{children:[n(L,{...f.cost}),n(`s`,{children:S(f.list.minor,f.list.currency)})]}),n(`button`,{class:`primary`,disabled:a===0,onClick:()=>s({at:`checkout`,basket:{of:`product`,variantId:f.id,quantity:1,play:p}}),children:o.joinGroup})]})]})}function nn({group:{id:e,groupBuy:t}}){let a=J(),s=I(),{asMember:c}=r(),[u,d]=w(``),{busy:f,notice:p,run:m}=l(),g=()=>m(async()=>{let n=await h(s,t.product.id);if(!(`share`in n))return k(n,a);let r=location.origin+z({at:`group`,id:e},`?share=${n.share}`);return d(r),await i(t.product.name,r)?a.linkCopied:a.linkCopy});return t.product?n(E,{children:[n(`button`,{class:`secondary`,disabled:f,onClick:()=>c(()=>void g()),children:a.invite}),p&&n(o,{text:p}),u&&n(`input`,{class:`link`,readOnly:!0,value:u,"aria-label":a.invite,onFocus:e=>e.currentTarget.select()})]}):null}function rn({categoryId:e}){let t=I(),{me:i}=r(),a=A(()=>t.request(Se,{where:an(e)}),[e,i?.id]);return n(Q,{of:a,children:({categories:t,seckills:r,groupBuys:i,couponsToTake:o,products:s})=>n(E,{children:[n(on,{categories:t,chosen:e}),e===null&&n(E,{children:[n(sn,{templates:o}),n(cn,{seckills:r.nodes,groupBuys:i.nodes,onTurn:a.reload})]}),n(`ul`,{class:`cards`,children:s.nodes.map(e=>n(ln,{product:e},e.id))})]})})}function an(e){return e===null?null:{categoryId:{eq:e}}}function on({categories:e,chosen:t}){let r=J();return n(`nav`,{class:`categories`,"aria-label":r.all,children:[n(Z,{to:{at:`home`,categoryId:null},class:t===null?`chosen`:``,children:r.all}),e.map(({id:e,name:r})=>n(Z,{to:{at:`home`,categoryId:e},class:t===e?`chosen`:``,children:r},e))]})}function sn({templates:e}){let t=J();return e.length?n(`section`,{class:`tickets`,"aria-label":t.couponsToTake,children:e.map(e=>n(Ct,{template:e},e.id))}):null}function cn({seckills:e,groupBuys:t,onTurn:r}){let i=J();return!e.length&&!t.length?null:n(`div`,{class:`plays`,children:[e.map(({id:e,price:t,startsAt:a,endsAt:o,remaining:s,variant:c,product:l})=>l&&c?n(Z,{to:{at:`product`,slug:l.slug},class:`play flash`,children:[n(y,{name:l.name,url:c.pictureUrl}),n(`span`,{class:`play-text`,children:[n(`em`,{children:i.flash}),n(`strong`,{children:l.name}),n($,{startsAt:a,endsAt:o,onTurn:()=>void r()}),n(`span`,{class:`play-price`,children:[n(L,{...t}),n(`s`,{children:S(c.price.minor,c.price.currency)}),n(`small`,{children:i.flashLeft(s)})]})]})]},e):null),t.map(({id:e,size:t,prices:r,product:a})=>a?n(Z,{to:{at:`product`,slug:a.slug},class:`play`,children:[n(y,{name:a.name,url:a.media[0]?.url??null}),n(`span`,{class:`play-text`,children:[n(`em`,{children:[i.together,` · `,i.sizeOf(t)]}),n(`strong`,{children:a.name}),n(`span`,{class:`play-price`,children:[n(L,{...un(r.map(e=>e.price))}),n(`s`,{children:S(a.priceRange.minimum.minor,a.priceRange.minimum.currency)})]})]})]},e):null)]})}function ln({product:{slug:e,name:t,brief:r,media:i,priceRange:a,promotions:o}}){let s=J(),{minimum:c,maximum:l}=a;return n(`li`,{children:n(Z,{to:{at:`product`,slug:e},class:`card`,children:[n(`span`,{class:`card-picture`,children:n(y,{name:t,url:i[0]?.url??null})}),n(`strong`,{children:t}),n(`small`,{class:`muted`,children:r}),n(`span`,{class:`card-foot`,children:[n(`span`,{children:[n(L,{...c}),l.minor>c.minor&&n(`small`,{class:`muted`,children:[` `,s.from]})]}),o[0]&&n(`em`,{class:`tag`,children:o[0].name})]})]})})}function un(e){return e.reduce((e,t)=>t.minor<e.minor?t:e)}function dn(){let e=J(),t=I(),[r,i]=w([]),{busy:a,notice:s,run:c}=l(),u=async e=>(await t.request(Ge,{after:e})).myOrders,d=A(()=>u(null),[t]),f=r.at(-1)??d.value,p=()=>c(async()=>{let e=await u(f?.pageInfo.endCursor??null);return i([...r,e]),``});return n(E,{children:[n(`h1`,{children:e.orders}),n(Q,{of:d,children:t=>n(`ul`,{class:`order-list`,children:[[t,...r].flatMap(({nodes:e})=>e.map(e=>n(fn,{order:e},e.id))),t.nodes.length===0&&n(`li`,{class:`nothing`,children:[e.ordersNone,n(Z,{to:R,class:`quiet`,children:e.lookAround})]})]})}),s&&n(o,{text:s}),f?.pageInfo.hasNextPage&&n(`button`,{class:`quiet`,disabled:a,onClick:()=>void p(),children:e.nextPage})]})}function fn({order:e}){let t=J(),r=e.lines.reduce((e,{quantity:t})=>e+t,0);return n(`li`,{children:n(Z,{to:{at:`order`,id:e.id,isToBePaid:!1},class:`panel order-summary`,children:[n(`span`,{class:`order-head`,children:[n(`small`,{class:`muted`,children:M(e.placedAt,t.lang)}),n(`em`,{class:`state ${e.state}`,children:pn(e,t)})]}),n(`span`,{class:`order-pictures`,children:[e.lines.slice(0,4).map(e=>n(`span`,{class:`thumb`,children:n(y,{name:e.name,url:e.pictureUrl})},e.id)),n(`strong`,{children:e.lines[0]?.name})]}),n(`span`,{class:`order-head`,children:[n(`small`,{class:`muted`,children:t.itemsOf(r)}),n(N,{of:e.total})]})]})})}function pn({state:e,hold:t},n){return t&&e===`PAID`&&n.hold[t]||(n.state[e]??e)}var mn=[`REFUND_ONLY`,`RETURN_REFUND`,`EXCHANGE`],hn=[`CANCELLED_BY_BUYER`,`REJECTED`,`REFUSED`];function gn({order:e,onApplied:t}){let r=J(),i=I(),s=e.lines.filter(({kind:e})=>e!==`GIFT`).map(t=>({line:t,claimed:_n(e,t)})),[c,u]=w(()=>vn(s)),f=e.state===`PAID`?mn.slice(0,1):mn,[p,m]=w(`REFUND_ONLY`),[h,g]=w(r.reasons[0]),_=a(d()),{busy:v,notice:y,run:b}=l(),x=Object.entries(c).filter(([,e])=>e>0),S=()=>b(async()=>{let n=x.map(([e,t])=>({orderLineId:e,quantity:t})),a={orderId:e.id,kind:p,lines:n,reason:h.trim(),idempotencyKey:_.current},{told:o}=await i.request(Ye,{input:a}),[s]=o.userErrors;return s?s.retryable||(_.current=d()):await t(),s?k(s,r):``});return n(`form`,{class:`form apply`,onSubmit:e=>{e.preventDefault(),S()},children:[n(`fieldset`,{children:[n(`legend`,{children:r.whatAndMany}),s.map(({line:e,claimed:t})=>n(`label`,{class:`row`,children:[n(`span`,{children:[e.name,n(`small`,{class:`muted`,children:e.variantName})]}),n(`select`,{value:c[e.id]??0,onChange:t=>u({...c,[e.id]:Number(t.currentTarget.value)}),children:Array.from({length:e.quantity-t+1},(e,t)=>n(`option`,{value:t,children:t},t))})]},e.id))]}),n(`fieldset`,{class:`option`,children:[n(`legend`,{children:r.kindLabel}),f.map(e=>n(`label`,{children:[n(`input`,{type:`radio`,name:`kind`,checked:p===e,onChange:()=>m(e)}),n(`span`,{children:r.kind[e]})]},e))]}),n(`label`,{class:`field`,children:[n(`span`,{children:r.reason}),n(`input`,{list:`reasons`,value:h,maxLength:200,onInput:e=>g(e.currentTarget.value)}),n(`datalist`,{id:`reasons`,children:r.reasons.map(e=>n(`option`,{value:e},e))})]}),p!==`EXCHANGE`&&n(`p`,{class:`row total`,children:[n(`span`,{children:r.estimated}),n(N,{of:P(s.flatMap(({line:e,claimed:t})=>e.unitPaid.slice(t,t+(c[e.id]??0))))})]}),n(o,{text:y}),n(`button`,{class:`primary`,disabled:v||!x.length||!h.trim(),children:r.submit})]})}function _n(e,t){let n=e.afterSales.filter(({state:e})=>!hn.includes(e)).flatMap(e=>e.lines).filter(({orderLineId:e})=>e===t.id).reduce((e,{quantity:t})=>e+t,0);return Math.min(n,t.quantity)}function vn(e){let[t]=e;return e.length===1&&t?{[t.line.id]:t.line.quantity-t.claimed}:{}}function yn({order:e,onChange:t}){let r=J();return e.afterSales.length?n(`div`,{class:`panel`,children:[n(`h2`,{children:r.afterSale}),e.afterSales.map(r=>n(bn,{sale:r,order:e,onChange:t},r.id))]}):null}function bn({sale:e,order:t,onChange:r}){let i=J(),a=I(),{busy:s,notice:c,run:u}=l(),d=(t,n={})=>void u(async()=>{let o={afterSaleId:e.id,...n},{told:s}=await a.request(t,{input:o});return await r(),s.userErrors[0]?k(s.userErrors[0],i):``}),f=e=>t.lines.find(({id:t})=>t===e)?.name??``,p=t=>e.lines.filter(e=>e.kept===t).map(({orderLineId:e,quantity:t})=>`${f(e)} × ${t}`).join(`, `);return n(`section`,{class:`claim-card`,"data-state":e.state,children:[n(`header`,{children:[n(`strong`,{children:i.kind[e.kind]}),n(`em`,{class:`state ${e.state}`,children:i.claimState[e.state]})]}),n(`p`,{class:`muted`,children:[p(!1),` · `,e.reason,` · `,M(e.createdAt,i.lang)]}),e.answer&&n(`p`,{class:`reply`,children:[i.replied,`: `,e.answer]}),e.kind!==`EXCHANGE`&&n(xn,{sale:e,kept:p(!0)}),e.state===`AGREED`&&n(Sn,{busy:s,onSent:e=>d(`
  mutation AfterSaleShipBack($input: AfterSaleShipBackInput!) {
    told: afterSaleShipBack(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity kept }
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
  }`,e)}),c&&n(o,{text:c}),(e.state===`APPLIED`||e.state===`AGREED`)&&n(`button`,{class:`text-button`,disabled:s,onClick:()=>d(`
  mutation AfterSaleCancel($input: AfterSaleCancelInput!) {
    told: afterSaleCancel(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity kept }
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
  }`),children:i.cancelClaim})]})}function xn({sale:{amount:e,deducted:t},kept:r}){let i=J(),a={...e,minor:e.minor-t.minor};return n(`dl`,{class:`steps`,children:[t.minor>0&&n(E,{children:[n(`div`,{"data-part":`claimed`,children:[n(`dt`,{children:i.claimed}),n(`dd`,{children:n(N,{of:e})})]}),n(`div`,{"data-part":`deducted`,children:[n(`dt`,{children:[i.deducted,n(`small`,{class:`muted`,children:[` `,r]})]}),n(`dd`,{children:n(N,{of:j(t,-1)})})]})]}),n(`div`,{"data-part":`back`,children:[n(`dt`,{children:i.comesBack}),n(`dd`,{children:n(N,{of:a})})]})]})}function Sn({busy:e,onSent:t}){let r=J(),[i,a]=w(``),[o,s]=w(``);return n(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),t({carrier:i,trackingNumber:o})},children:[n(`div`,{class:`field-row`,children:[n(`label`,{class:`field`,children:[n(`span`,{children:r.carrier}),n(`input`,{value:i,maxLength:40,onInput:e=>a(e.currentTarget.value)})]}),n(`label`,{class:`field`,children:[n(`span`,{children:r.trackingNumber}),n(`input`,{value:o,maxLength:40,onInput:e=>s(e.currentTarget.value)})]})]}),n(`button`,{class:`quiet`,disabled:e||!i.trim()||!o.trim(),children:r.shipBack})]})}function Cn({order:e,isToBePaid:t,onChange:r,onApply:i}){let a=J(),s=I(),{busy:c,notice:u,run:d}=l(),f=(e,t)=>void d(async()=>{let{told:n}=await s.request(e,{input:t});return await r(),n.userErrors[0]?k(n.userErrors[0],a):``}),p=e.buyingGroup?.state===`FORMING`&&e.state===`PAID`,m=[`PAID`,`SHIPPED`,`RECEIVED`].includes(e.state)&&e.hold===null;return n(`div`,{class:`deeds`,children:[e.state===`PLACED`&&n(wn,{order:e,isToBePaid:t,onPaid:r}),u&&n(o,{text:u}),e.state===`PLACED`&&n(`button`,{class:`text-button`,disabled:c,onClick:()=>f(`
  mutation OrderCancel($input: OrderCancelInput!) { told: orderCancel(input: $input) { order { id } userErrors { ...Refusal } } }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,{orderId:e.id}),children:a.cancelOrder}),e.state===`SHIPPED`&&n(`button`,{class:`primary`,disabled:c,onClick:()=>f(`
  mutation OrderReceive($input: OrderReceiveInput!) { told: orderReceive(input: $input) { order { id } userErrors { ...Refusal } } }
  
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`,{orderId:e.id}),children:a.receive}),m&&n(`button`,{class:`secondary`,onClick:i,children:a.afterSaleApply}),p&&n(Tn,{groupId:e.buyingGroup.id,busy:c,onLeave:e=>f(`
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
  }`,e)})]})}function wn({order:e,isToBePaid:t,onPaid:r}){let i=J(),s=I(),[c,u]=w(null),f=a(d()),{busy:p,notice:m,run:h}=l(),_=()=>h(async()=>{let t=await le(s,e.id,f.current);return`refusal`in t?(t.refusal.retryable||(f.current=d()),k(t.refusal,i)):(t.value?u(t.value):await r(),``)});return g(()=>{t&&_()},[]),n(E,{children:[n(`p`,{class:`muted`,children:[i.payWithin,` `,n($,{endsAt:e.payBefore,onTurn:()=>void r()})]}),m&&n(o,{text:m}),n(`button`,{class:`primary`,disabled:p,onClick:()=>void _(),children:i.payGo}),c&&n(O,{title:i.pay,onClose:()=>u(null),children:n(fe,{orderId:e.id,payment:c,payee:i.shop,client:s,onPaid:()=>void r()})})]})}function Tn({groupId:e,busy:t,onLeave:r}){let i=J(),[o,s]=w(!1),c=a(d());return o?n(`p`,{class:`really`,role:`alert`,children:[i.leaveNote,n(`span`,{children:[n(`button`,{class:`quiet`,disabled:t,onClick:()=>r({buyingGroupId:e,idempotencyKey:c.current}),children:i.leaveYes}),n(`button`,{class:`text-button`,onClick:()=>s(!1),children:i.keep})]})]}):n(`button`,{class:`text-button`,onClick:()=>s(!0),children:i.leave})}function En({order:{payments:e,refunds:t,refunded:r}}){let i=J(),a=e.filter(({state:e})=>e!==`CLOSED`);return!a.length&&!t.length?null:n(`section`,{class:`money`,children:[n(`h2`,{children:i.payments}),n(`dl`,{class:`steps`,children:[a.map(e=>n(`div`,{"data-part":`payment`,children:[n(`dt`,{children:[i.method[e.method]??e.method,n(`small`,{class:`muted`,children:[` `,i.paymentState[e.state]]})]}),n(`dd`,{children:n(N,{of:e.amount})})]},e.id)),t.map(e=>n(`div`,{"data-part":`refund`,"data-state":e.state,children:[n(`dt`,{children:[i.refund,` · `,e.reason,n(`small`,{class:`muted`,children:[` `,i.refundState[e.state]]})]}),n(`dd`,{children:n(N,{of:j(e.amount,-1)})})]},e.id))]}),r.minor>0&&n(`p`,{class:`refunded`,children:i.refundedOf(f(r.minor,r.currency))})]})}function Dn({order:{shipments:e,lines:t}}){let r=J();if(!e.length)return null;let i=e=>t.find(({id:t})=>t===e)?.name??``;return n(`div`,{class:`panel`,children:[n(`h2`,{children:r.packages}),n(`ul`,{class:`packages`,children:e.map(e=>n(`li`,{children:[n(`strong`,{children:e.carrier?`${e.carrier} ${e.trackingNumber}`:r.handedOver}),n(`em`,{class:`state`,children:r.packageState[e.state]}),n(`small`,{class:`muted block`,children:[e.packed.map(({orderLineId:e,quantity:t})=>`${i(e)} × ${t}`).join(`, `),` ·`,` `,M(e.receivedAt??e.sentAt,r.lang)]})]},e.id))})]})}var On=[1,2,3,4,5];function kn({order:e}){let t=J(),r=I(),[i,a]=w(null),o=A(async()=>(await r.request(qe)).reviewableLines.nodes,[e.id]),s=e.lines.filter(({id:e})=>o.value?.some(({orderLineId:t})=>t===e));return n(E,{children:[s.map(e=>n(`button`,{class:`text-button`,onClick:()=>a(e),children:t.reviewOf(e.name)},e.id)),i&&n(O,{title:t.review,onClose:()=>a(null),children:n(An,{line:i,onDone:()=>o.reload().then(()=>a(null))})})]})}function An({line:e,onDone:t}){let r=J(),i=I(),[a,s]=w(5),[c,u]=w(``),[d,f]=w(!1),{busy:p,notice:m,run:h}=l(),g=()=>h(async()=>{let n={orderLineId:e.id,stars:a,text:c.trim(),anonymous:d},{told:o}=await i.request(Je,{input:n}),[s]=o.userErrors;return s||await t(),s?k(s,r):``});return n(`form`,{class:`form`,onSubmit:e=>{e.preventDefault(),g()},children:[n(`p`,{children:[n(`strong`,{children:e.name}),` `,n(`small`,{class:`muted`,children:e.variantName})]}),n(`fieldset`,{class:`option`,children:[n(`legend`,{children:r.stars}),On.map(e=>n(`label`,{children:[n(`input`,{type:`radio`,name:`stars`,"aria-label":r.starsOf(e),checked:a===e,onChange:()=>s(e)}),n(`span`,{class:`star`,children:e<=a?`★`:`☆`})]},e))]}),n(`label`,{class:`field`,children:[n(`span`,{children:r.reviewText}),n(`input`,{value:c,maxLength:1e3,onInput:e=>u(e.currentTarget.value)})]}),n(`label`,{class:`tick`,children:[n(`input`,{type:`checkbox`,checked:d,onChange:()=>f(!d)}),r.anonymously]}),n(o,{text:m}),n(`button`,{class:`primary`,disabled:p,children:r.reviewSend})]})}var jn=3e3;function Mn({orderId:e,isToBePaid:t}){let i=I(),{me:a}=r(),o=A(async()=>(await i.request(Ke,{id:e})).order,[e,a?.id]);return te(jn,o.value!=null&&Nn(o.value),()=>void o.reload()),n(Q,{of:o,children:e=>n(Pn,{order:e,isToBePaid:t,onChange:o.reload})})}function Nn({state:e,hold:t,refunds:n,afterSales:r}){let i=n.some(e=>![`SUCCEEDED`,`FAILED`].includes(e.state)),a=r.some(e=>[`APPLIED`,`RETURNING`,`REFUNDING`].includes(e.state));return i||a||t!==null||e===`REFUNDING`}function Pn({order:e,isToBePaid:t,onChange:r}){let i=J(),[a,o]=w(!1);return n(`div`,{class:`columns`,children:[n(`section`,{children:[n(`header`,{class:`order-state`,"data-state":e.state,children:[n(`h1`,{children:pn(e,i)}),n(`small`,{class:`muted`,children:i.number(e.number)})]}),e.buyingGroup&&n(Z,{to:{at:`group`,id:e.buyingGroup.id},class:`panel group-strip`,children:[n(Zt,{group:e.buyingGroup}),n(`span`,{children:[n(`strong`,{children:i.groupState[e.buyingGroup.state]}),e.buyingGroup.state===`FORMING`&&n(`small`,{class:`muted`,children:i.missing(e.buyingGroup.seatsLeft)})]})]}),n(yn,{order:e,onChange:r}),n(Dn,{order:e}),n(`div`,{class:`panel`,children:[n(`h2`,{children:i.goodsTitle}),e.lines.map(e=>n(lt,{line:ct(e,i)},e.id)),(e.state===`RECEIVED`||e.state===`COMPLETED`)&&n(kn,{order:e})]}),n(Fn,{order:e})]}),n(`aside`,{class:`panel summary`,children:[n(mt,{whole:ft(e)}),n(En,{order:e}),n(Cn,{order:e,isToBePaid:t,onChange:r,onApply:()=>o(!0)})]}),a&&n(O,{title:i.afterSaleApply,onClose:()=>o(!1),children:n(gn,{order:e,onApplied:()=>r().then(()=>o(!1))})})]})}function Fn({order:e}){let t=J(),r=[[t.placedAt,e.placedAt],[t.paidAt,e.paidAt],[t.shippedAt,e.shippedAt],[t.receivedAt,e.receivedAt]],{address:i}=e;return n(`div`,{class:`panel`,children:[n(`h2`,{children:e.delivery===`PICK_UP`?t.pickUp:t.ship}),i&&n(`p`,{children:[n(`strong`,{children:i.name}),` `,i.phone,n(`small`,{class:`muted block`,children:de(i)})]}),e.note&&n(`p`,{class:`muted`,children:e.note}),n(`ol`,{class:`moments`,children:r.map(([e,r])=>r&&n(`li`,{children:[n(`span`,{class:`muted`,children:e}),` `,M(r,t.lang)]},e))})]})}function In({id:e}){let t=J(),r=I(),i=A(async()=>(await r.request(Ze,{id:e})).post,[e]);return n(Q,{of:i,children:({title:e,summary:r,coverUrl:i,author:a,publishedAt:o,blocks:s})=>n(`article`,{class:`panel post`,children:[i&&n(`img`,{src:i,alt:``,width:640,height:400}),n(`h1`,{children:e}),n(`p`,{class:`post-by`,children:[a&&n(_,{name:a.nickname,url:a.avatarUrl}),n(`span`,{children:a?.nickname??t.shop}),n(`small`,{class:`muted`,children:o&&F(o,t.lang)})]}),r&&n(`p`,{class:`muted`,children:r}),s.map((e,t)=>n(Ln,{block:e},t))]})})}function Ln({block:e}){switch(e.__typename){case`ParagraphBlock`:return n(`p`,{children:e.text});case`HeadingBlock`:return n(`h2`,{children:e.text});case`HtmlBlock`:return n(`p`,{children:zn(e.html)});case`ImageBlock`:return n(`figure`,{children:[n(`img`,{src:e.url,alt:e.alt,loading:`lazy`,width:640,height:400}),e.caption&&n(`figcaption`,{class:`muted`,children:e.caption})]});case`VideoBlock`:return n(`video`,{src:e.url,poster:e.coverUrl??``,"aria-label":e.caption,controls:!0,playsInline:!0,preload:`none`});case`AudioBlock`:return n(`audio`,{src:e.url,"aria-label":e.title,controls:!0,preload:`none`});case`ProductBlock`:return e.product&&n(Rn,{of:e.product})}}function Rn({of:{slug:e,name:t,brief:r,media:i,priceRange:a}}){return n(Z,{to:{at:`product`,slug:e},class:`team-product`,children:[n(`span`,{class:`thumb`,children:n(y,{name:t,url:i[0]?.url??null})}),n(`span`,{children:[n(`strong`,{children:t}),n(`small`,{class:`muted block`,children:r}),n(L,{...a.minimum})]})]})}function zn(e){return new DOMParser().parseFromString(e,`text/html`).body.textContent??``}function Bn({product:e,chosen:t,onChoose:r}){let i=(n,i)=>{let a=t.optionValues.map((e,t)=>t===n?i:e),o=({optionValues:e})=>e.filter((e,t)=>e===a[t]).length,[s]=e.variants.filter(({optionValues:e})=>e[n]===i).sort((e,t)=>o(t)-o(e));s&&r(s.id)};return n(E,{children:e.options.map(({name:e,values:r},a)=>n(`fieldset`,{class:`option`,children:[n(`legend`,{children:e}),r.map(r=>n(`label`,{children:[n(`input`,{type:`radio`,name:e,checked:t.optionValues[a]===r,onChange:()=>i(a,r)}),n(`span`,{children:r})]},r))]},e))})}function Vn({seckill:e,variant:t,onTurn:r}){let i=J(),a=X(),{id:o,startsAt:s,endsAt:c,remaining:l,stock:u}=e,d=Date.parse(s)<=ue()&&ue()<Date.parse(c),f={kind:`SECKILL`,id:o,groupId:null};return n(`section`,{class:`play-panel flash`,"aria-label":e.name,children:[n(`header`,{children:[n(`em`,{children:e.name}),n($,{startsAt:s,endsAt:c,onTurn:r})]}),n(`div`,{class:`play-buy`,children:[n(`span`,{children:[n(L,{...e.price}),n(`s`,{children:S(t.price.minor,t.price.currency)}),n(`meter`,{min:0,max:u,value:l,"aria-label":i.flashLeft(l)}),n(`small`,{children:[i.flashLeft(l),e.limitPerMember!==null&&` · ${i.limit(e.limitPerMember)}`]})]}),n(`button`,{class:`primary small`,disabled:!d||l===0,onClick:()=>a({at:`checkout`,basket:{of:`product`,variantId:t.id,quantity:1,play:f}}),children:l===0?i.soldOut:i.flashBuy})]})]})}function Hn({groupBuy:e,variant:t,onTurn:r}){let i=J(),a=X(),o=e.prices.find(({variantId:e})=>e===t.id);if(!o)return null;let s=o.leaderPrice??o.price,c=n=>{let r={kind:`GROUP`,id:e.id,groupId:n};a({at:`checkout`,basket:{of:`product`,variantId:t.id,quantity:1,play:r}})};return n(`section`,{class:`play-panel`,"aria-label":e.name,children:[n(`header`,{children:[n(`em`,{children:[i.together,` · `,i.sizeOf(e.size)]}),n($,{startsAt:e.startsAt,endsAt:e.endsAt,onTurn:r})]}),n(`div`,{class:`play-buy`,children:[n(`span`,{children:[n(L,{...o.price}),n(`s`,{children:S(t.price.minor,t.price.currency)}),o.leaderPrice&&n(`small`,{children:i.leaderSaves(S(o.leaderPrice.minor,o.leaderPrice.currency))})]}),n(`button`,{class:`primary small`,onClick:()=>c(null),children:i.togetherBuy(S(s.minor,s.currency))})]}),e.winners!==null&&n(`p`,{class:`muted`,children:i.winnersOf(e.winners)}),e.groups.length>0&&n(`ul`,{class:`forming`,"aria-label":i.groupsForming,children:e.groups.map(e=>n(`li`,{children:[n(Z,{to:{at:`group`,id:e.id},label:i.viewGroup,children:[n(Zt,{group:e}),n(`span`,{children:[n(`strong`,{children:i.missing(e.seatsLeft)}),n($,{endsAt:e.expiresAt,onTurn:r})]})]}),n(`button`,{class:`quiet`,disabled:e.seatsLeft===0,onClick:()=>c(e.id),children:i.joinGroup})]},e.id))})]})}function Un({notices:e}){let t=J();return e.length?n(`section`,{class:`promotions`,children:[n(`h2`,{class:`muted`,children:t.promotions}),n(`ul`,{children:e.map(({promotionId:e,name:r,summary:i,endsAt:a,exclusive:o})=>n(`li`,{children:[n(`em`,{class:`tag`,children:r}),n(`span`,{children:i}),n(`small`,{class:`muted`,children:[a&&t.until(M(a,t.lang)),o&&t.exclusive].filter(Boolean).join(` · `)})]},e))})]}):null}var Wn=5;function Gn({rating:e,reviews:t}){let r=J();return n(`section`,{class:`panel reviews`,children:[n(`h2`,{children:[r.reviews(e.count),e.averageTenths!==null&&n(`small`,{class:`muted`,children:[` `,r.rating((e.averageTenths/10).toFixed(1))]})]}),t.length===0&&n(`p`,{class:`muted`,children:r.reviewsNone}),n(`ul`,{children:t.map(e=>n(`li`,{children:[n(_,{name:e.author?.nickname??r.anonymous}),n(`span`,{children:[n(`strong`,{children:e.author?.nickname??r.anonymous}),n(Kn,{many:e.stars}),n(`small`,{class:`muted`,children:[e.variantName,` · `,F(e.createdAt,r.lang)]}),n(`p`,{children:e.text}),e.pictures.length>0&&n(`span`,{class:`review-pictures`,children:e.pictures.map(e=>n(`img`,{src:e,alt:``,loading:`lazy`},e))}),e.reply&&n(`p`,{class:`reply`,children:[r.replied,`: `,e.reply]})]})]},e.id))})]})}function Kn({many:e}){let t=J();return n(`span`,{class:`stars`,role:`img`,"aria-label":t.starsOf(e),children:[`★`.repeat(e),`☆`.repeat(Wn-e)]})}var qn=20,Jn=999;function Yn({slug:e}){let t=I(),{me:i}=r(),a=A(()=>Xn(t,e),[e,i?.id]);return n(Q,{of:a,children:e=>n(Zn,{...e,onTurn:()=>void a.reload()})})}async function Xn(e,t){let{product:n}=await e.request(Ce,{slug:t});if(!n)return null;let{couponsToTake:r}=await e.request(we,{productId:n.id});return{product:n,coupons:r}}function Zn({product:e,coupons:t,onTurn:r}){let[i,a]=w(()=>(e.variants.find(({available:e})=>e>0)??e.variants[0])?.id),o=e.variants.find(({id:e})=>e===i)??e.variants[0];return o?n(E,{children:[n(`article`,{class:`columns even`,children:[n(Qn,{product:e,variant:o}),n(`section`,{class:`offer`,children:[n($n,{product:e,variant:o}),e.seckills.filter(e=>e.variant?.id===o.id).slice(0,1).map(e=>n(Vn,{seckill:e,variant:o,onTurn:r},e.id)),e.groupBuy&&n(Hn,{groupBuy:e.groupBuy,variant:o,onTurn:r}),n(Un,{notices:o.promotions}),n(er,{templates:t}),n(Bn,{product:e,chosen:o,onChoose:a}),n(tr,{variant:o},o.id)]})]}),n(Gn,{rating:e.rating,reviews:e.reviews.nodes}),n(nr,{html:e.detailHtml})]}):null}function Qn({product:e,variant:t}){let[r,i]=w(null),a=[...new Set([...t.pictureUrl?[t.pictureUrl]:[],...e.pictures.map(({url:e})=>e)])],o=r??t.pictureUrl??a[0]??null;return n(`div`,{class:`pictures`,children:[n(`span`,{class:`picture-large`,children:n(y,{name:e.name,url:o},o)}),a.length>1&&n(`ul`,{children:a.map((t,r)=>n(`li`,{children:n(`button`,{"aria-label":`${e.name} ${r+1}`,"aria-pressed":t===o,onClick:()=>i(t),children:n(y,{name:e.name,url:t})})},t))})]})}function $n({product:e,variant:t}){let r=J(),{memberPrice:i,listPrice:a}=t;return n(`header`,{children:[n(`h1`,{children:e.name}),n(`p`,{class:`muted`,children:e.brief}),n(`p`,{class:`offer-price`,children:[n(L,{...t.price}),a&&a.minor>t.price.minor&&n(`s`,{children:S(a.minor,a.currency)}),i&&i.minor<t.price.minor&&n(`em`,{class:`tag`,children:r.memberPrice(S(i.minor,i.currency))})]})]})}function er({templates:e}){let t=J();return e.length?n(`section`,{class:`tickets`,"aria-label":t.couponsToTake,children:e.map(e=>n(Ct,{template:e},e.id))}):null}function tr({variant:e}){let t=J(),r=X(),i=q(),[a,s]=w(1),{busy:c,notice:u,run:d}=l(),f=Math.min(Jn,e.available),p=()=>d(async()=>{let n=await i.add(e.id,a);return n?k(n,t):t.added});return n(E,{children:[n(`div`,{class:`row`,children:[n(`span`,{children:[t.quantity,n(`small`,{class:`muted`,children:f===0?t.soldOut:e.available<=qn?t.few(e.available):t.available(e.available)})]}),n(T,{value:a,most:Math.max(1,f),onChange:s})]}),n(o,{text:u}),n(`div`,{class:`buy-bar`,children:[n(`button`,{class:`secondary`,disabled:c||f===0,onClick:()=>void p(),children:t.addToCart}),n(`button`,{class:`primary`,disabled:f===0,onClick:()=>r({at:`checkout`,basket:{of:`product`,variantId:e.id,quantity:a,play:null}}),children:f===0?t.soldOut:t.buyNow})]})]})}function nr({html:e}){let t=J();return e?n(`section`,{class:`panel details`,children:[n(`h2`,{children:t.details}),n(`div`,{dangerouslySetInnerHTML:{__html:e}})]}):null}function rr(){let r=v(()=>at(location.search,navigator.language),[]),i=v(()=>t(b(),r.lang),[]),[a,o]=w(()=>me(location.search));return g(()=>{document.documentElement.lang=r.lang,document.title=r.shop,x(i);let e=()=>o(me(location.search));return addEventListener(`popstate`,e),()=>removeEventListener(`popstate`,e)},[]),n(ot.Provider,{value:r,children:n(e.Provider,{value:r,children:n(ne.Provider,{value:i,children:n(vt.Provider,{value:(e,{replace:t}={replace:!1})=>{t?history.replaceState(null,``,z(e)):history.pushState(null,``,z(e)),o(e),scrollTo(0,0)},children:n(m,{client:i,children:n(et,{children:n(Jt,{view:a,children:n(ir,{view:a},z(a))})})})})})})})}function ir({view:e}){switch(e.at){case`home`:return n(rn,{categoryId:e.categoryId});case`product`:return n(Yn,{slug:e.slug});case`cart`:return n(bt,{});case`checkout`:return n(Ut,{basket:e.basket});case`orders`:return n(dn,{});case`order`:return n(Mn,{orderId:e.id,isToBePaid:e.isToBePaid});case`group`:return n($t,{groupId:e.id});case`post`:return n(In,{id:e.id})}}u(n(rr,{}),document.getElementById(`shop`));