/** Every operation that this page sends, in one place so that they can become trusted documents. */

const product = (fragment: string, type: string, id: string) => /* GraphQL */ `
  fragment ${fragment} on ${type} {
    ${id}
    variantId
    name
    imageUrl
    livePrice { minor currency }
    listPrice { minor currency }
    liveStock
    sold
    limitPerMember
    version
  }`;

const item = product("Item", "LiveProduct", "id state");
const card = product("Card", "LiveProductCard", "id: liveProductId");

const comment = /* GraphQL */ `
  fragment Comment on BulletComment { id text senderName color mode at removed }`;

const reward = /* GraphQL */ `
  fragment Gratuity on Reward { id gift { id code name coins } count coins senderName at }`;

// `pinned` is an alias: a nullable and a non-null `liveProduct` may not share a name in one selection.
const event = /* GraphQL */ `
  fragment Event on LiveRoomEvent {
    seq
    at
    kind
    ... on BulletCommentPosted { comment { ...Comment } }
    ... on BulletCommentRemoved { commentId }
    ... on InventoryChanged { liveProductId liveStock sold version }
    ... on RewardGiven { reward { ...Gratuity } }
    ... on ProductPinned { pinned { ...Card } }
    ... on RoomStateChanged { fromState toState }
    ... on ViewerCountChanged { viewerCount }
    ... on ShelfChanged { liveProduct { ...Card } state }
  }
  ${comment}
  ${reward}
  ${card}`;

const refusal = /* GraphQL */ `
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on InsufficientCoins { balance needed }
    ... on RateLimited { retryAfterSeconds }
  }`;

export const ROOMS = /* GraphQL */ `
  query Rooms {
    liveRooms(first: 20, where: { state: { oneOf: [LIVE, PAUSED, SCHEDULED] } }) {
      nodes {
        id
        title
        state
        coverUrl
        viewerCount
        host { storeName }
        pinned { name livePrice { minor currency } }
      }
    }
  }`;

export const ROOM = /* GraphQL */ `
  query Room($roomId: ID!) {
    liveRoom(id: $roomId) {
      id
      title
      state
      coverUrl
      host { name avatarUrl storeName }
      seq
      epoch
      viewerCount
      pinned { id }
      shelf { ...Item }
      recentBulletComments(last: 20) { ...Comment }
    }
  }
  ${item}
  ${comment}`;

export const EVENTS = /* GraphQL */ `
  subscription RoomEvents($roomId: ID!, $after: Long, $epoch: String) {
    liveRoomEvents(roomId: $roomId, after: $after, epoch: $epoch) { ...Event }
  }
  ${event}`;

export const EVENTS_SINCE = /* GraphQL */ `
  query RoomEventsSince($roomId: ID!, $after: Long!, $epoch: String) {
    liveRoomEventsSince(roomId: $roomId, after: $after, epoch: $epoch, first: 100) {
      events { ...Event }
      nextAfter
      nextPollMs
      resyncRequired
    }
  }
  ${event}`;

export const ME = /* GraphQL */ `
  query Me { me { id nickname coinBalance } }`;

export const GIFTS = /* GraphQL */ `
  query Gifts { gifts { id code name coins } }`;

export const SHARE_VISIT = /* GraphQL */ `
  mutation ShareVisit($input: ShareVisitInput!) { shareVisit(input: $input) { share { code } } }`;

export const CODE_REQUEST = /* GraphQL */ `
  mutation CodeRequest($input: PhoneCodeRequestInput!) {
    phoneCodeRequest(input: $input) { sent retryAfterSeconds userErrors { ...Refusal } }
  }
  ${refusal}`;

export const LOGIN = /* GraphQL */ `
  mutation Login($input: MemberLoginByPhoneInput!) {
    memberLoginByPhone(input: $input) {
      tokens { accessToken refreshToken }
      userErrors { ...Refusal }
    }
  }
  ${refusal}`;

export const TOKEN_REFRESH = /* GraphQL */ `
  mutation TokenRefresh($input: TokenRefreshInput!) {
    tokenRefresh(input: $input) { tokens { accessToken refreshToken } }
  }`;

export const COMMENT_SEND = /* GraphQL */ `
  mutation CommentSend($input: BulletCommentSendInput!) {
    bulletCommentSend(input: $input) { comment { ...Comment } userErrors { ...Refusal } }
  }
  ${comment}
  ${refusal}`;

export const GIFT_SEND = /* GraphQL */ `
  mutation GiftSend($input: GiftSendInput!) {
    giftSend(input: $input) { coinBalance userErrors { ...Refusal } }
  }
  ${refusal}`;

export const ORDER_PLACE = /* GraphQL */ `
  mutation OrderPlace($input: OrderPlaceInput!) {
    orderPlace(input: $input) { order { id } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const ORDER_PAY = /* GraphQL */ `
  mutation OrderPay($input: OrderPayInput!) {
    orderPay(input: $input) { payment { id amount { minor currency } confirmUrl } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const ORDER = /* GraphQL */ `
  query Order($id: ID!) { order(id: $id) { id state } }`;
