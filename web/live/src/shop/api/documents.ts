/** Every operation of the shop, beside those of `../../api/documents.ts` that it shares with the live room. */

const MONEY = "{ minor currency }";

const refusal = /* GraphQL */ `
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`;

const step = /* GraphQL */ `
  fragment Step on PriceStep { stage kind name amount ${MONEY} }`;

const quote = /* GraphQL */ `
  fragment Quote on CartQuote {
    quoteId
    lines {
      variantId
      quantity
      listPrice ${MONEY}
      payable ${MONEY}
      unitPayable ${MONEY}
      points
      steps { ...Step }
      available
      inStock
    }
    gifts { variantId quantity value ${MONEY} }
    missingGifts { variantId missing }
    steps { ...Step }
    goods ${MONEY}
    shipping ${MONEY}
    shippingDiscount ${MONEY}
    total ${MONEY}
    pointsUsed
    pointsEarned
    validUntil
    refusedCoupons { couponId reason lacking ${MONEY} }
    canBeOrdered
  }
  ${step}`;

const outdated = /* GraphQL */ `
  fragment Outdated on QuoteOutdated { quote { ...Quote } }
  ${quote}`;

const template = /* GraphQL */ `
  fragment Template on CouponTemplate {
    id
    name
    description
    kind
    amount ${MONEY}
    offBp
    cap ${MONEY}
    threshold ${MONEY}
    perPerson
    left
    takenByMe
    endsAt
    days
  }`;

const group = /* GraphQL */ `
  fragment Team on BuyingGroup {
    id
    state
    size
    seatsLeft
    expiresAt
    overAt
    winners
    members { member { id nickname avatarUrl } leads won }
  }`;

const seckill = /* GraphQL */ `
  fragment Flash on Seckill {
    id
    name
    price ${MONEY}
    stock
    remaining
    startsAt
    endsAt
    limitPerOrder
    limitPerMember
  }`;

const groupBuy = /* GraphQL */ `
  fragment Together on GroupBuy {
    id
    name
    size
    startsAt
    endsAt
    limitPerOrder
    winners
    prices { variantId price ${MONEY} leaderPrice ${MONEY} }
  }`;

const card = /* GraphQL */ `
  fragment Card on Product {
    id
    slug
    name
    brief
    priceRange { minimum ${MONEY} maximum ${MONEY} }
    media(first: 1) { url alt }
    promotions { promotionId name summary }
  }`;

export const HOME = /* GraphQL */ `
  query Home($where: ProductWhere) {
    categories { id name children { id } }
    seckills(first: 6) {
      nodes { ...Flash variant { id name pictureUrl price ${MONEY} } product { slug name } }
    }
    groupBuys(first: 6) { nodes { ...Together product { slug name media(first: 1) { url } priceRange { minimum ${MONEY} } } } }
    couponsToTake { ...Template }
    products(first: 40, where: $where) { nodes { ...Card } }
  }
  ${card}
  ${seckill}
  ${groupBuy}
  ${template}`;

export const PRODUCT = /* GraphQL */ `
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
        price ${MONEY}
        listPrice ${MONEY}
        memberPrice ${MONEY}
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
  ${card}
  ${seckill}
  ${groupBuy}
  ${group}`;

export const COUPONS_TO_TAKE = /* GraphQL */ `
  query CouponsToTake($productId: ID!) { couponsToTake(productId: $productId) { ...Template } }
  ${template}`;

export const COUPON_TAKE = /* GraphQL */ `
  mutation CouponTake($input: CouponTakeInput!) {
    couponTake(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const COUPON_REDEEM = /* GraphQL */ `
  mutation CouponRedeem($input: CouponRedeemCodeInput!) {
    couponRedeemCode(input: $input) { coupon { id } userErrors { ...Refusal } }
  }
  ${refusal}`;

/** What of somebody's decides a price: coupons, points and where it may go. */
export const PURSE = /* GraphQL */ `
  query Purse {
    me {
      addresses { id name phone province city district line isDefault }
      points { balance }
      coupons(first: 50) { nodes { id endsAt template { ...Template } } }
    }
  }
  ${template}`;

export const BEST_COUPONS = /* GraphQL */ `
  query BestCoupons($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    bestCoupons(lines: $lines, terms: $terms) {
      best { id }
      saved ${MONEY}
      others { id }
      refused { couponId reason lacking ${MONEY} }
    }
  }`;

export const QUOTE = /* GraphQL */ `
  query Quote($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {
    cartQuote(lines: $lines, terms: $terms) { ...Quote }
  }
  ${quote}`;

export const VARIANTS = /* GraphQL */ `
  query Variants($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Variant { id name pictureUrl product { slug name } } }
  }`;

export const PICK_UP_STORES = /* GraphQL */ `
  query PickUpStores($variantIds: [ID!]!) {
    pickUpStores(variantIds: $variantIds) { hasAll store { id name address openingHours } }
  }`;

const cart = /* GraphQL */ `
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
      unitPrice ${MONEY}
      addedPrice ${MONEY}
      priceChanged
      available
      inStock
    }
    quote { ...Quote }
  }
  ${quote}`;

export const CART = /* GraphQL */ `
  query Cart($id: ID) { cart(id: $id) { ...Basket } }
  ${cart}`;

const cartMutation = (name: string, type: string) => /* GraphQL */ `
  mutation Cart($input: ${type}!) { told: ${name}(input: $input) { cart { ...Basket } userErrors { ...Refusal } } }
  ${cart}
  ${refusal}`;

export const CART_CREATE = cartMutation("cartCreate", "CartCreateInput");
export const CART_ADD = cartMutation("cartLinesAdd", "CartLinesAddInput");
export const CART_UPDATE = cartMutation("cartLinesUpdate", "CartLinesUpdateInput");
export const CART_REMOVE = cartMutation("cartLinesRemove", "CartLinesRemoveInput");
export const CART_COUPONS = cartMutation("cartCouponsApply", "CartCouponsInput");
export const CART_COUPONS_REMOVE = cartMutation("cartCouponsRemove", "CartCouponsInput");
export const CART_ATTACH = cartMutation("cartAttach", "CartAttachInput");

const placing = (name: string, type: string) => /* GraphQL */ `
  mutation Place($input: ${type}!) {
    told: ${name}(input: $input) { order { id } userErrors { ...Refusal ...Outdated } }
  }
  ${refusal}
  ${outdated}`;

export const ORDER_PLACE = placing("orderPlace", "OrderPlaceInput");
export const CART_COMPLETE = placing("cartComplete", "CartCompleteInput");

const orderStep = /* GraphQL */ `
  fragment OrderStep on OrderPriceStep { stage kind name amount ${MONEY} }`;

export const ORDERS = /* GraphQL */ `
  query Orders($after: String) {
    myOrders(first: 20, after: $after) {
      nodes {
        id
        number
        state
        hold
        total ${MONEY}
        refunded ${MONEY}
        placedAt
        lines { id name variantName pictureUrl quantity payable ${MONEY} }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`;

const afterSale = /* GraphQL */ `
  fragment Claim on AfterSale {
    id
    kind
    state
    lines { orderLineId quantity kept }
    amount ${MONEY}
    deducted ${MONEY}
    reason
    answer
    carrier
    trackingNumber
    createdAt
  }`;

export const ORDER = /* GraphQL */ `
  query ShopOrder($id: ID!) {
    order(id: $id) {
      id
      number
      state
      hold
      goods ${MONEY}
      shipping ${MONEY}
      total ${MONEY}
      paid ${MONEY}
      refunded ${MONEY}
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
        listPrice ${MONEY}
        payable ${MONEY}
        unitPaid ${MONEY}
        unitPoints
        steps { ...OrderStep }
        product { slug }
      }
      payments { id state method amount ${MONEY} refunded ${MONEY} paidAt }
      refunds { id state amount ${MONEY} reason createdAt finishedAt }
      shipments { id state carrier trackingNumber sentAt receivedAt packed { orderLineId quantity } }
      afterSales { ...Claim }
      buyingGroup { ...Team }
    }
  }
  ${orderStep}
  ${afterSale}
  ${group}`;

export const REVIEWABLE = /* GraphQL */ `
  query Reviewable { reviewableLines(first: 50) { nodes { orderLineId orderId } } }`;

export const REVIEW_ADD = /* GraphQL */ `
  mutation ReviewAdd($input: ReviewAddInput!) { told: reviewAdd(input: $input) { review { id } userErrors { ...Refusal } } }
  ${refusal}`;

export const ORDER_CANCEL = /* GraphQL */ `
  mutation OrderCancel($input: OrderCancelInput!) { told: orderCancel(input: $input) { order { id } userErrors { ...Refusal } } }
  ${refusal}`;

export const ORDER_RECEIVE = /* GraphQL */ `
  mutation OrderReceive($input: OrderReceiveInput!) { told: orderReceive(input: $input) { order { id } userErrors { ...Refusal } } }
  ${refusal}`;

export const AFTER_SALE_APPLY = /* GraphQL */ `
  mutation AfterSaleApply($input: AfterSaleApplyInput!) {
    told: afterSaleApply(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  ${afterSale}
  ${refusal}`;

export const AFTER_SALE_CANCEL = /* GraphQL */ `
  mutation AfterSaleCancel($input: AfterSaleCancelInput!) {
    told: afterSaleCancel(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  ${afterSale}
  ${refusal}`;

export const AFTER_SALE_SHIP_BACK = /* GraphQL */ `
  mutation AfterSaleShipBack($input: AfterSaleShipBackInput!) {
    told: afterSaleShipBack(input: $input) { afterSale { ...Claim } userErrors { ...Refusal } }
  }
  ${afterSale}
  ${refusal}`;

export const GROUP_LEAVE = /* GraphQL */ `
  mutation GroupLeave($input: BuyingGroupLeaveInput!) {
    told: buyingGroupLeave(input: $input) { order { id } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const GROUP = /* GraphQL */ `
  query Group($id: ID!) {
    buyingGroup(id: $id) {
      ...Team
      groupBuy {
        ...Together
        product { id slug name brief media(first: 1) { url alt } variants { id name price ${MONEY} available } }
      }
    }
  }
  ${group}
  ${groupBuy}`;

export const POST = /* GraphQL */ `
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
        ... on ProductBlock { product { slug name brief media { url } priceRange { minimum ${MONEY} } } }
      }
    }
  }`;
