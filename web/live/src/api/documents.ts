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

const draw = /* GraphQL */ `
  fragment Draw on DrawCard {
    id
    kind
    state
    title
    prizes { ...Prize }
    conditions { ...Conditions }
    commitment
    closesAt
    entrants
    winners { name prizeId }
    winnerCount
    version
  }`;

const prize = /* GraphQL */ `
  fragment Prize on DrawPrize { id kind name pictureUrl count coins }`;

const win = /* GraphQL */ `
  fragment Win on DrawWin { prize { ...Prize } claimBy claimedAt lapsedAt }
  ${prize}`;

const redPacket = /* GraphQL */ `
  fragment Packet on RedPacketCard {
    id
    kind
    state
    greeting
    sponsorName
    total
    count
    conditions { ...Conditions }
    opensAt
    expiresAt
    grabbed
    luckiest { name amount }
    version
  }`;

const conditions = /* GraphQL */ `
  fragment Conditions on EntryConditions { boundToHost password hasOrdered leastInvited }`;

const rules = /* GraphQL */ `
  fragment Rules on LiveRoomRules { muted slowModeSeconds reviewed }`;

const boardEntry = /* GraphQL */ `
  fragment Entry on LiveBoardEntry { rank name avatarUrl count }`;

const play = draw + prize + redPacket + conditions + rules;

// `pinned`, `mutedUntil` and `call` are aliases: a nullable and a non-null `liveProduct` may not share a name in one selection.
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
    ... on LikesChanged { likeCount }
    ... on RoomRulesChanged { rules { ...Rules } }
    ... on MemberMuted { memberId mutedUntil: until }
    ... on DrawChanged { draw { ...Draw } }
    ... on RedPacketChanged { redPacket { ...Packet } }
    ... on BoardChanged { boardRoomId of entries { ...Entry } }
    ... on CallToActionChanged { call: card { id kind title pictureUrl } }
  }
  ${comment}
  ${reward}
  ${card}
  ${play}
  ${boardEntry}`;

const refusal = /* GraphQL */ `
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on InsufficientCoins { balance needed }
    ... on RateLimited { retryAfterSeconds }
    ... on Muted { mutedUntil: until }
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
        scheduledAt
        reservationCount
        reservedByMe
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
      scheduledAt
      replayUrl
      likeCount
      rules { ...Rules }
      callToAction { id kind title pictureUrl }
      draws { card { ...Draw } }
      redPackets { card { ...Packet } }
    }
  }
  ${item}
  ${comment}
  ${play}`;

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
    bulletCommentSend(input: $input) { comment { ...Comment } waiting userErrors { ...Refusal } }
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

/** What of a room is the viewer's own: members only. */
export const OWN = /* GraphQL */ `
  query Own($roomId: ID!) {
    liveRoom(id: $roomId) {
      seq
      myMute { until }
      order: muted(first: 1) { pageInfo { hasNextPage } }
      draws { id card { state } myEntry { ticket } myPrize { ...Win } }
      redPackets { id myGrab { amount } }
    }
  }
  ${win}`;

export const ROOM_ENTER = /* GraphQL */ `
  mutation RoomEnter($input: LiveRoomEnterInput!) {
    liveRoomEnter(input: $input) { first userErrors { ...Refusal } }
  }
  ${refusal}`;

export const ROOM_LIKE = /* GraphQL */ `
  mutation RoomLike($input: LiveRoomLikeInput!) { liveRoomLike(input: $input) { likes userErrors { ...Refusal } } }
  ${refusal}`;

export const RESERVATION = /* GraphQL */ `
  query Reservation($roomId: ID!) { liveRoom(id: $roomId) { reservationCount reservedByMe } }`;

export const ROOM_RESERVE = /* GraphQL */ `
  mutation RoomReserve($input: LiveRoomReserveInput!) {
    told: liveRoomReserve(input: $input) { reserved userErrors { ...Refusal } }
  }
  ${refusal}`;

export const ROOM_UNRESERVE = /* GraphQL */ `
  mutation RoomUnreserve($input: LiveRoomReserveInput!) {
    told: liveRoomUnreserve(input: $input) { reserved userErrors { ...Refusal } }
  }
  ${refusal}`;

export const DRAW_ENTER = /* GraphQL */ `
  mutation DrawEnter($input: DrawInput!) {
    drawEnter(input: $input) { entry { ticket } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const DRAW_SEED = /* GraphQL */ `
  query DrawSeed($id: ID!) { node(id: $id) { ... on LiveDraw { proof { seed } } } }`;

export const PRIZE_CLAIM = /* GraphQL */ `
  mutation PrizeClaim($input: DrawPrizeClaimInput!) {
    drawPrizeClaim(input: $input) { win { ...Win } userErrors { ...Refusal } }
  }
  ${win}
  ${refusal}`;

const address = /* GraphQL */ `
  fragment Place on Address { id name phone province city district line isDefault }`;

export const ADDRESSES = /* GraphQL */ `
  query Addresses { me { addresses { ...Place } } }
  ${address}`;

export const ADDRESS_SAVE = /* GraphQL */ `
  mutation AddressSave($input: AddressSaveInput!) {
    addressSave(input: $input) { address { ...Place } userErrors { ...Refusal } }
  }
  ${address}
  ${refusal}`;

export const PACKET_GRAB = /* GraphQL */ `
  mutation PacketGrab($input: RedPacketInput!) {
    redPacketGrab(input: $input) { grab { amount } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const PACKET_GRABS = /* GraphQL */ `
  query PacketGrabs($id: ID!) { node(id: $id) { ... on RedPacket { grabs(first: 20) { name amount } } } }`;

export const BOARD = /* GraphQL */ `
  query Board($roomId: ID!, $of: BoardOf!) {
    liveRoom(id: $roomId) {
      seq
      bounties { invites coins }
      inviteBoard(of: $of) { entries { ...Entry } mine { rank count } }
    }
  }
  ${boardEntry}`;

export const SHARE_CREATE = /* GraphQL */ `
  mutation ShareCreate($input: ShareCreateInput!) {
    shareCreate(input: $input) { share { code } userErrors { ...Refusal } }
  }
  ${refusal}`;

export const CALL = /* GraphQL */ `
  query Call($roomId: ID!) {
    liveRoom(id: $roomId) {
      callToAction { id kind title pictureUrl linkUrl qrUrl guide { name avatarUrl } }
    }
  }`;

export const CALL_CLICK = /* GraphQL */ `
  mutation CallClick($input: LiveCallToActionClickInput!) {
    liveCallToActionClick(input: $input) { step userErrors { ...Refusal } }
  }
  ${refusal}`;
