/** Every operation of the guide's page, beside those of `../../api/documents.ts` that it shares with the others. */

const MONEY = "{ minor currency }";
const PAGE = "pageInfo { hasNextPage endCursor }";

const refusal = /* GraphQL */ `
  fragment Refusal on UserError {
    __typename
    code
    message
    retryable
    ... on InsufficientStock { available }
    ... on RateLimited { retryAfterSeconds }
  }`;

export const GUIDE = /* GraphQL */ `
  query MyGuide {
    myGuide { id displayName avatarUrl shareCode status store { id name } tier { name rateBp } }
  }`;

/** Today's figures are one's own lines on the boards of the day: seconds old, with refunds taken off. */
export const TODAY = /* GraphQL */ `
  query Today {
    sales: leaderboard(metric: SALES, scope: STORE, first: 1) { mine { value } }
    orders: leaderboard(metric: ORDERS, scope: STORE, first: 1) { mine { value } }
    newMembers: leaderboard(metric: NEW_MEMBERS, scope: STORE, first: 1) { mine { value } }
    commission: leaderboard(metric: COMMISSION, scope: STORE, first: 1) { mine { value } }
  }`;

export const TIER = /* GraphQL */ `
  query Tier {
    myTierProgress {
      tier { name rateBp }
      nextTier { name rateBp }
      takes { match window conditions { metric least } }
      figures { window metric value }
      isLocked
    }
  }`;

const board = /* GraphQL */ `
  fragment Line on LeaderboardEntry { rank id name avatarUrl storeName value }`;

export const BOARD = /* GraphQL */ `
  query Board($scope: BoardScope!, $period: BoardPeriod!) {
    leaderboard(metric: SALES, scope: $scope, period: $period, first: 10) {
      unitName
      entries { ...Line }
      mine { ...Line }
    }
  }
  ${board}`;

/** What is told to all is the same for all: one's own line below the others is asked for. */
export const BOARD_CHANGED = /* GraphQL */ `
  subscription BoardChanged($scope: BoardScope!, $period: BoardPeriod!) {
    leaderboardChanged(metric: SALES, scope: $scope, period: $period, first: 10) {
      unitName
      entries { ...Line }
    }
  }
  ${board}`;

const assignment = /* GraphQL */ `
  fragment Assignment on TaskAssignment {
    id
    state
    endsAt
    urges
    task { title description }
    progress { kind target done proof }
    evidence { id kind count text state note }
  }`;

export const TASKS = /* GraphQL */ `
  query Tasks {
    myTasks(first: 20, where: { state: { oneOf: [TODO, DOING] } }) { nodes { ...Assignment } }
  }
  ${assignment}`;

export const TASK_PROGRESS = /* GraphQL */ `
  subscription TaskProgress {
    taskProgress { assignments { ...Assignment } }
  }
  ${assignment}`;

export const EVIDENCE_SUBMIT = /* GraphQL */ `
  mutation EvidenceSubmit($input: TaskEvidenceSubmitInput!) {
    told: taskEvidenceSubmit(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;

export const MEMBERS = /* GraphQL */ `
  query Members($after: String) {
    myBoundMembers(first: 30, after: $after) {
      totalCount { value }
      nodes { id name avatarUrl boundAt protectedUntil expiresAt endsAt }
      ${PAGE}
    }
  }`;

export const PRODUCTS = /* GraphQL */ `
  query Products($after: String) {
    part: products(first: 20, after: $after) {
      nodes { id slug name brief media { url } priceRange { minimum ${MONEY} } }
      ${PAGE}
    }
  }`;

export const POSTS = /* GraphQL */ `
  query Posts($after: String) {
    part: posts(first: 20, after: $after, where: { state: { eq: PUBLISHED } }) {
      nodes { id title summary coverUrl }
      ${PAGE}
    }
  }`;

export const ROOMS = /* GraphQL */ `
  query Rooms($after: String) {
    part: liveRooms(first: 20, after: $after, where: { state: { oneOf: [LIVE, PAUSED, SCHEDULED] } }) {
      nodes { id title coverUrl state host { storeName } }
      ${PAGE}
    }
  }`;

export const SHARE_CREATE = /* GraphQL */ `
  mutation ShareCreate($input: ShareCreateInput!) {
    shareCreate(input: $input) { share { code qrUrl } userErrors { ...Refusal } }
  }
  ${refusal}`;

const figures = `figures { views uniqueVisits registrations paidOrders net ${MONEY} }`;

export const PERFORMANCE = /* GraphQL */ `
  query Performance {
    byChannel: mySharePerformance(by: CHANNEL) { ${figures} }
    byTarget: mySharePerformance(by: TARGET, first: 5) {
      ${figures}
      target {
        id
        ... on Product { name }
        ... on Post { title }
        ... on LiveRoom { title }
        ... on Store { name }
        ... on Guide { displayName }
      }
    }
  }`;

const wallet = /* GraphQL */ `
  fragment Wallet on GuideWallet {
    estimated ${MONEY}
    pending ${MONEY}
    frozen ${MONEY}
    held ${MONEY}
    available ${MONEY}
    debt ${MONEY}
    withdrawing ${MONEY}
    paid ${MONEY}
  }`;

export const WALLET = /* GraphQL */ `
  query MyWallet { myWallet { ...Wallet } }
  ${wallet}`;

export const COMMISSIONS = /* GraphQL */ `
  query Commissions($after: String, $where: CommissionWhere) {
    myCommissions(first: 20, after: $after, where: $where) {
      nodes {
        id
        orderId
        level
        base ${MONEY}
        rateBp
        rateSource
        amount ${MONEY}
        isCut
        state
        createdAt
        releaseAt
        clawedBack ${MONEY}
        left ${MONEY}
      }
      ${PAGE}
    }
  }`;

export const ATTRIBUTION = /* GraphQL */ `
  query Attribution($orderId: ID!) {
    attribution(orderId: $orderId) {
      explanation { summary findings { verdict text at } }
    }
  }`;

export const STATEMENT = /* GraphQL */ `
  query Statement($firstDay: Date!, $lastDay: Date!, $after: String) {
    guideStatement(firstDay: $firstDay, lastDay: $lastDay) {
      opening ${MONEY}
      closing ${MONEY}
      totals { kind lineCount amount ${MONEY} }
      lines(first: 100, after: $after) {
        nodes { at kind amount ${MONEY} balance ${MONEY} }
        ${PAGE}
      }
      downloadPath
    }
  }`;

const withdrawal = /* GraphQL */ `
  fragment Withdrawal on Withdrawal {
    id
    amount ${MONEY}
    fee ${MONEY}
    transferred ${MONEY}
    state
    createdAt
    note
    failure
    confirmation { appId merchantId package }
    confirmBy
  }`;

export const WITHDRAWALS = /* GraphQL */ `
  query Withdrawals($after: String) {
    myWallet { ...Wallet }
    withdrawalTerms { least ${MONEY} most ${MONEY} mostADay ${MONEY} timesADay coolDownHours }
    myPayoutAccount { openidTail realName since }
    myWithdrawals(first: 20, after: $after) { nodes { ...Withdrawal } ${PAGE} }
  }
  ${wallet}
  ${withdrawal}`;

export const WITHDRAWAL_QUOTE = /* GraphQL */ `
  query WithdrawalQuote($amount: MoneyInput!) {
    withdrawalQuote(amount: $amount) { fee ${MONEY} transferred ${MONEY} needsApproval needsName }
  }`;

export const WITHDRAWAL_REQUEST = /* GraphQL */ `
  mutation WithdrawalRequest($input: WithdrawalRequestInput!) {
    told: withdrawalRequest(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;

export const WITHDRAWAL_CANCEL = /* GraphQL */ `
  mutation WithdrawalCancel($input: WithdrawalCancelInput!) {
    told: withdrawalCancel(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;

export const PAYOUT_ACCOUNT_CHOOSE = /* GraphQL */ `
  mutation PayoutAccountChoose($input: PayoutAccountChooseInput!) {
    told: payoutAccountChoose(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;

const ownRoom = /* GraphQL */ `
  fragment OwnRoom on LiveRoom {
    id
    title
    coverUrl
    state
    viewerCount
    likeCount
    startedAt
    push { url }
    shelf { id name livePrice ${MONEY} liveStock sold }
  }`;

/** The room that one has on air, the last one that is over, and what could be sold. */
export const OWN_ROOMS = /* GraphQL */ `
  query OwnRooms($guideId: ID!) {
    onAir: liveRooms(first: 1, where: { guideId: { eq: $guideId }, state: { oneOf: [LIVE, PAUSED] } }) { nodes { ...OwnRoom } }
    last: liveRooms(first: 1, where: { guideId: { eq: $guideId }, state: { eq: ENDED } }) { nodes { ...OwnRoom } }
  }
  ${ownRoom}`;

export const GOODS = /* GraphQL */ `
  query Goods {
    products(first: 12) {
      nodes { id name media { url } variants { id name price ${MONEY} available } }
    }
  }`;

export const LIVE_START = /* GraphQL */ `
  mutation LiveStart($input: LiveRoomStartInput!) {
    told: liveRoomStart(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;

export const LIVE_MOVE = /* GraphQL */ `
  mutation LiveMove($input: LiveRoomMoveInput!) {
    told: liveRoomMove(input: $input) { userErrors { ...Refusal } }
  }
  ${refusal}`;
