// Drives the live room in a real browser. BASE_URL, ROOM_ID and MEMBER_TOKEN say where and as whom; HOST_TOKEN runs the room,
// and FRIEND_TOKEN is somebody who has not been there. SCREENSHOT and CHROMIUM are paths. Exits with 1 and a sentence when something is not as a viewer expects it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { act, complaintsOf, graphql as ask, launched, PHONE, step, tooSmallForAFinger } from "./browser.mjs";

const { BASE_URL, ROOM_ID, MEMBER_TOKEN, HOST_TOKEN, FRIEND_TOKEN, SCREENSHOT } = process.env;
const PASSWORD = "半亩花田";

const browser = await launched();
try {
  await aMemberTakesPart();
  await whoIsShownTheDoorIsTold();
  await aVisitorIsAskedToLogIn();
} finally {
  await browser.close();
}

async function aMemberTakesPart() {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  const complaints = complaintsOf(page);

  await step("the room opens with its title and the pinned product", async () => {
    const room = await snapshot();
    await page.goto(`${BASE_URL}/live/?room=${ROOM_ID}#token=${MEMBER_TOKEN}`);
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    assert.equal(await page.textContent("h1"), room.title);
    assert.equal(await stockOn(page), room.pinned.liveStock);
    assert.ok(!page.url().includes("token"), "the token stays in the address");
  });

  await step("what can be tapped is large enough for a finger", async () => {
    assert.deepEqual(await tooSmallForAFinger(page), []);
  });

  await step("a comment by another client flies by, as text", async () => {
    const text = `<b>${mark()}</b>`;
    await say(text);
    await page.locator(".bullet", { hasText: text }).waitFor({ state: "attached" });
    await page.locator(".chat li", { hasText: text }).waitFor();
    assert.equal(await page.locator(".bullet b, .chat b").count(), 0);
  });

  await step("a comment of one's own shows once", async () => {
    const text = mark();
    await sayOnPage(page, text);
    await page.locator(".chat li", { hasText: text }).waitFor();
    await page.locator(".bullet", { hasText: text }).waitFor({ state: "attached" });
    assert.equal(await page.locator(".chat li", { hasText: text }).count(), 1);
    await page.locator(".comment-form > input").blur();
  });

  await step("buying one takes one from the stock", async () => {
    const before = (await snapshot()).pinned.liveStock;
    await page.locator(".pinned").click({ force: true });
    await page.getByRole("button", { name: "立即下单" }).click();
    await page.getByRole("button", { name: "确认支付" }).click();
    await page.getByRole("heading", { name: "支付成功" }).waitFor();
    await page.getByRole("button", { name: "继续看直播" }).click();
    assert.equal((await snapshot()).pinned.liveStock, before - 1);
    await page.locator(`.pinned [data-stock="${before - 1}"]`).waitFor();
  });

  await step("a gift slides in as a banner", async () => {
    await page.getByRole("button", { name: "送礼物" }).click();
    await page.locator(".gifts button").first().click();
    await page.getByRole("button", { name: "赠送" }).click();
    await page.locator(".reward .combo").waitFor();
    await page.getByRole("button", { name: "关闭" }).click();
  });

  await step("taps on the picture add up, and the shop tells the sum to all", async () => {
    for (let tap = 0; tap < 5; tap++) await page.mouse.click(150, 420);
    await page.locator(".heart").first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "点赞" }).click();
    await page.locator('[data-likes="5"]').waitFor();
  });

  await step("a lucky bag is entered with its password in one tap, drawn, and the winner told", async () => {
    const drawId = await openDraw();
    await page.locator(".badge-bag").click();
    await page.getByRole("button", { name: "发送口令并参与" }).click();
    await page.getByText("已参与,等待开奖").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".chat li", { hasText: PASSWORD }).waitFor();
    await asHost("drawClose(input: $input) { userErrors { message } }", "DrawInput", { drawId });
    await page.locator(".verdict.won", { hasText: "一年的茶" }).waitFor();
    await page.locator(".winners li", { hasText: /^.{1,2}\*\*/ }).waitFor();
    await page.locator(".fairness", { hasText: "与开奖前的承诺一致" }).waitFor();
    await page.getByRole("button", { name: "关闭" }).click();
    await page.locator(".badge-bag").waitFor({ state: "detached" });
  });

  await step("a red packet is grabbed, once, and its badge goes when it is empty", async () => {
    const input = { liveRoomId: ROOM_ID, total: 10, count: 1, countdownMinutes: 0, idempotencyKey: randomUUID() };
    await asHost("redPacketOffer(input: $input) { userErrors { message } }", "RedPacketOfferInput", input);
    await page.locator(".badge-packet").click();
    await page.getByRole("button", { name: "开红包" }).click();
    await page.locator(".got", { hasText: "10 金币" }).waitFor();
    await page.locator(".grabs em", { hasText: "手气最佳" }).waitFor();
    await page.getByRole("button", { name: "关闭" }).click();
    await page.locator(".badge-packet").waitFor({ state: "detached" });
  });

  await step("who comes by the viewer's own link lifts them on the board", async () => {
    await page.locator(".chip").click();
    await page.locator(".mine", { hasText: "未上榜" }).waitFor();
    await page.getByRole("button", { name: "邀请好友" }).click();
    const link = new URL(await page.locator(".link").inputValue());
    assert.equal(link.searchParams.get("room"), ROOM_ID);
    const input = { liveRoomId: ROOM_ID, shareCode: link.searchParams.get("share") };
    await act(FRIEND_TOKEN, "liveRoomEnter(input: $input) { userErrors { message } }", "LiveRoomEnterInput", input);
    await page.locator('.mine-rank[data-rank="1"]').waitFor();
    await page.locator('.board li[data-rank="1"]', { hasText: "邀请 1 人" }).waitFor();
    await page.getByRole("button", { name: "关闭" }).click();
  });

  await step("the field says why one may not speak, and until when, and opens again", async () => {
    const field = page.locator(".comment-form > input");
    const { me } = await graphql("{ me { id } }");
    await setRules({ muted: true });
    await page.getByPlaceholder("全员禁言中").waitFor();
    assert.ok(await field.isDisabled());
    await setRules({ muted: false });
    await page.getByPlaceholder("说点什么…").waitFor();
    const target = { liveRoomId: ROOM_ID, memberId: me.id };
    await asHost("liveMemberMute(input: $input) { userErrors { message } }", "LiveMemberMuteInput", { ...target, seconds: 600 });
    await page.getByPlaceholder(/^你已被禁言 · 剩余 (10:00|09:5\d)$/).waitFor();
    await asHost("liveMemberUnmute(input: $input) { userErrors { message } }", "LiveMemberReleaseInput", target);
    await page.getByPlaceholder("说点什么…").waitFor();
  });

  await step("slow mode counts down, and what waits for review says so to its author", async () => {
    await setRules({ reviewed: true });
    await page.getByPlaceholder("说点什么…(审核后展示)").waitFor();
    const text = mark();
    await sayOnPage(page, text);
    await page.locator(".chat li", { hasText: text }).locator(".waits").waitFor();
    await setRules({ slowModeSeconds: 30 });
    await page.getByPlaceholder(/^慢速模式 · \d+ 秒后可发言$/).waitFor();
    await setRules({ slowModeSeconds: 0, reviewed: false });
    await page.getByPlaceholder("说点什么…").waitFor();
    await page.locator(".comment-form > input").blur();
  });

  await step("a card that the host shows can be opened, and a break is said", async () => {
    const call = { liveRoomId: ROOM_ID, kind: "GUIDE_QR", title: "加导购领试饮装" };
    await asHost("liveCallToActionShow(input: $input) { userErrors { message } }", "LiveCallToActionShowInput", call);
    await page.locator(".call", { hasText: "加导购领试饮装" }).click();
    await page.locator(".call-target").waitFor();
    await page.getByRole("button", { name: "关闭" }).click();
    await moveTo("PAUSED");
    await page.locator(".curtain", { hasText: "主播稍后回来" }).waitFor();
    await moveTo("LIVE");
    await page.locator(".curtain").waitFor({ state: "detached" });
    await page.screenshot({ path: SCREENSHOT });
  });

  await step("nothing is missed while the network is away", async () => {
    await context.setOffline(true);
    await page.locator("[data-connection=waiting]").waitFor();
    const missed = [mark(), mark(), mark()];
    for (const text of missed) await say(text);
    const { stock } = await buyOne();
    await setRules({ muted: true });
    await openDraw();
    await context.setOffline(false);
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    await page.locator(`.pinned [data-stock="${stock}"]`).waitFor();
    const shown = (await page.locator(".chat .comment").allTextContents()).flatMap((line) =>
      missed.filter((text) => line.includes(text)),
    );
    assert.deepEqual(shown, missed);
    await page.getByPlaceholder("全员禁言中").waitFor();
    await page.locator(".badge-bag").waitFor();
    await setRules({ muted: false });
    await page.getByPlaceholder("说点什么…").waitFor();
  });

  assert.deepEqual(complaints, []);
  await context.close();
}

async function whoIsShownTheDoorIsTold() {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();

  await step("who is shown the door is told, and the room ends for them", async () => {
    await page.goto(`${BASE_URL}/live/?room=${ROOM_ID}#token=${FRIEND_TOKEN}`);
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    const { me } = await graphql("{ me { id } }", {}, FRIEND_TOKEN);
    const input = { liveRoomId: ROOM_ID, memberId: me.id };
    await asHost("liveMemberKick(input: $input) { userErrors { message } }", "LiveMemberKickInput", input);
    await page.getByText("你已被移出直播间").waitFor();
    assert.equal(await page.locator(".bar").count(), 0);
  });

  await context.close();
}

async function aVisitorIsAskedToLogIn() {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();

  await step("a visitor can watch, and is asked to log in before commenting", async () => {
    await page.goto(`${BASE_URL}/live/`);
    await page.locator(".rooms li button", { hasText: (await snapshot()).title }).first().click();
    await page.locator(".pinned").waitFor();
    await sayOnPage(page, "你好");
    await page.getByRole("heading", { name: "登录后参与互动" }).waitFor();
  });

  await context.close();
}

async function sayOnPage(page, text) {
  await page.fill(".comment-form > input", text);
  await page.press(".comment-form > input", "Enter");
}

async function stockOn(page) {
  return Number(await page.locator(".pinned .stock").getAttribute("data-stock"));
}

function mark() {
  return `弹幕${randomUUID().slice(0, 8)}`;
}

// Another client, without a browser.

function graphql(query, variables = {}, token = MEMBER_TOKEN) {
  return ask(query, variables, token);
}

function asHost(mutation, inputType, input) {
  return act(HOST_TOKEN, mutation, inputType, input);
}

function setRules(rules) {
  return asHost("liveRoomRulesSet(input: $input) { userErrors { message } }", "LiveRoomRulesSetInput", { liveRoomId: ROOM_ID, ...rules });
}

function moveTo(toState) {
  return asHost("liveRoomMove(input: $input) { userErrors { message } }", "LiveRoomMoveInput", { liveRoomId: ROOM_ID, toState });
}

/** A lucky bag with a prize for one, and a password. */
async function openDraw() {
  const { draw } = await asHost("drawPrepare(input: $input) { draw { id } userErrors { message } }", "DrawPrepareInput", {
    liveRoomId: ROOM_ID,
    kind: "LUCKY_BAG",
    title: "立冬福袋",
    countdownSeconds: 60,
    prizes: [{ kind: "NAMED", name: "一年的茶", count: 1 }],
    conditions: { password: PASSWORD },
    idempotencyKey: randomUUID(),
  });
  await asHost("drawOpen(input: $input) { userErrors { message } }", "DrawInput", { drawId: draw.id });
  return draw.id;
}

async function snapshot() {
  const { liveRoom } = await graphql(
    "query ($id: ID!) { liveRoom(id: $id) { title pinned { liveStock variantId } } }",
    { id: ROOM_ID },
  );
  return liveRoom;
}

/** Comments are limited per member: wait as long as the refusal says, and try again. */
async function say(text) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const { bulletCommentSend } = await graphql(
      `mutation ($input: BulletCommentSendInput!) {
        bulletCommentSend(input: $input) { userErrors { message ... on RateLimited { retryAfterSeconds } } }
      }`,
      { input: { liveRoomId: ROOM_ID, text } },
    );
    const [refusal] = bulletCommentSend.userErrors;
    if (!refusal) return;
    assert.ok(refusal.retryAfterSeconds, refusal.message);
    await new Promise((resolve) => setTimeout(resolve, refusal.retryAfterSeconds * 1000));
  }
  assert.fail(`could not say ${text}`);
}

async function buyOne() {
  const { pinned } = await snapshot();
  const { orderPlace } = await graphql(
    "mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { message } } }",
    {
      input: {
        lines: [{ variantId: pinned.variantId, quantity: 1 }],
        liveRoomId: ROOM_ID,
        idempotencyKey: randomUUID(),
      },
    },
  );
  assert.deepEqual(orderPlace.userErrors, []);
  return { stock: (await snapshot()).pinned.liveStock };
}
