import { createClient } from "./vendor/graphql-ws-6.4.2/client.js";

const KEY = "yutang.graphiql.token";
const DEFAULT_QUERY = `# 欢迎来到鱼塘的 GraphQL 接口。
# Ctrl/⌘ + Enter 运行光标所在的操作,Ctrl + 空格 补全,左侧书本图标是完整文档。

# 正在直播的房间,和货架上的商品
query LiveRooms {
  liveRooms(first: 5, where: { state: { oneOf: [LIVE] } }) {
    nodes {
      id
      title
      viewerCount
      seq
      pinned {
        name
        livePrice { amount currency }
        liveStock
      }
    }
  }
}

# 房间里的每件事:弹幕、库存、打赏、讲解。roomId 与 after(即上面的 seq)填在下方 Variables
subscription RoomEvents($roomId: ID!, $after: Long) {
  liveRoomEvents(roomId: $roomId, after: $after) {
    seq
    at
    kind
    ... on BulletCommentPosted { comment { senderName text } }
    ... on InventoryChanged { liveProductId liveStock sold }
    ... on RewardGiven { reward { senderName gift { name } count } }
  }
}

# 我是谁(先在右上角填访问令牌)
query Me {
  me { id nickname }
}
`;

const endpoint = new URL("/graphql", location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
document.getElementById("endpoint").textContent = `POST ${endpoint.pathname}`;

const token = document.getElementById("token");
token.value = sessionStorage.getItem(KEY) ?? "";

const wsClient = createClient({
  url: socket.href,
  lazyCloseTimeout: 2_000,
  keepAlive: 25_000,
  connectionParams: () => (token.value ? { token: token.value } : {}),
});

token.addEventListener("change", () => {
  sessionStorage.setItem(KEY, token.value);
  wsClient.terminate();
});

const fetchPlain = GraphiQL.createFetcher({ url: endpoint.href, wsClient });

function fetcher(operation, options) {
  const authorization = token.value ? { Authorization: `Bearer ${token.value}` } : {};
  return fetchPlain(operation, { ...options, headers: { "Accept-Language": "zh-CN", ...authorization, ...options?.headers } });
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: DEFAULT_QUERY,
    defaultEditorToolsVisibility: "variables",
    inputValueDeprecation: true,
  }),
);
