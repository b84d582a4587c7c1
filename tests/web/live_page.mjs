// Drives the live room in a real browser. BASE_URL, ROOM_ID and MEMBER_TOKEN say where and as whom;
// SCREENSHOT and CHROMIUM are paths. Exits with 1 and a sentence when something is not as a viewer expects it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const { BASE_URL, ROOM_ID, MEMBER_TOKEN, SCREENSHOT, CHROMIUM = "/usr/bin/chromium" } = process.env;
const { chromium } = createRequire(new URL("../../web/live/package.json", import.meta.url))("playwright-core");

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, locale: "zh-CN" };
const FINGER_PX = 44;

const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
try {
  await aMemberTakesPart();
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
    const small = await page.locator("button:visible").evaluateAll(
      (buttons, least) => buttons.filter((b) => Math.min(b.offsetWidth, b.offsetHeight) < least).map((b) => b.outerHTML),
      FINGER_PX,
    );
    assert.deepEqual(small, []);
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
    await page.waitForTimeout(500);
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
    await page.screenshot({ path: SCREENSHOT });
  });

  await step("nothing is missed while the network is away", async () => {
    await context.setOffline(true);
    await page.locator("[data-connection=waiting]").waitFor();
    const missed = [mark(), mark(), mark()];
    for (const text of missed) await say(text);
    const { stock } = await buyOne();
    await context.setOffline(false);
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    await page.locator(`.pinned [data-stock="${stock}"]`).waitFor();
    const shown = (await page.locator(".chat .comment").allTextContents()).flatMap((line) =>
      missed.filter((text) => line.includes(text)),
    );
    assert.deepEqual(shown, missed);
  });

  assert.deepEqual(complaints, []);
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

async function step(sentence, action) {
  try {
    await action();
  } catch (error) {
    console.error(`NOT TRUE: ${sentence}`);
    throw error;
  }
  console.log(`true: ${sentence}`);
}

async function sayOnPage(page, text) {
  await page.fill(".comment-form > input", text);
  await page.press(".comment-form > input", "Enter");
}

async function stockOn(page) {
  return Number(await page.locator(".pinned .stock").getAttribute("data-stock"));
}

/** Errors of the page and requests to anybody else; losing the network on purpose is neither. */
function complaintsOf(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/ERR_INTERNET_DISCONNECTED/.test(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(BASE_URL).origin) complaints.push(`asked ${request.url()}`);
  });
  return complaints;
}

function mark() {
  return `弹幕${randomUUID().slice(0, 8)}`;
}

// Another client, without a browser.

async function graphql(query, variables) {
  const response = await fetch(`${BASE_URL}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${MEMBER_TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.ok(!errors, JSON.stringify(errors));
  return data;
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
