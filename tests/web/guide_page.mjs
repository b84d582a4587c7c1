// Drives the guide's page in a real browser: a day of a guide, from figures to money that arrives. BASE_URL and the tokens say where
// and as whom; SCREENSHOT and CHROMIUM are paths. Every sum on screen is worked out again. Exits with 1 and a sentence when one does not hold.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { act, complaintsOf, decodeQR, graphql, launched, PHONE, step, tooSmallForAFinger } from "./browser.mjs";

const { BASE_URL, GUIDE_TOKEN, CUSTOMER_TOKEN, OPERATOR_TOKEN, SHARE_CODE, VARIANT_ID, SCREENSHOT } = process.env;
const PATIENCE_MS = 20_000;
const SAVED = 100_00;

const browser = await launched();
try {
  const context = await browser.newContext({ ...PHONE, timezoneId: "Asia/Shanghai" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = complaintsOf(page);
  await aGuideComesIn(page);
  await aDayGoesOn(page);
  await theNetworkIsAwayForAMoment(context, page);
  await customersAreKnownByMaskedNames(page);
  await somethingIsPassedOn(context, page);
  await aRoomGoesLiveAndEnds(page);
  await commissionIsExplained(page);
  await moneyIsTakenOut(page);
  await theMonthAddsUp(page);
  await whoIsNoGuideIsTold(context);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}

async function aGuideComesIn(page) {
  await step("a guide signs in by the token and sees name, store, tier and the figures of the day", async () => {
    await page.goto(`${BASE_URL}/guide/#token=${GUIDE_TOKEN}`);
    await page.getByRole("heading", { name: "林晚" }).waitFor();
    await page.getByText("杭州西湖店").first().waitFor();
    await page.locator(".tier", { hasText: "下一级" }).waitFor();
    assert.ok(!page.url().includes("token"), "the token stays in the address");
    assert.equal(await fenOf(page.locator('[data-figure="sales"] dd')), 0);
    await page.getByText("还没有上榜").waitFor();
    await page.locator('.ranking li[data-rank="1"]', { hasText: "周云起" }).waitFor();
    await fits(page);
  });
}

async function aDayGoesOn(page) {
  await step("a customer buys: the guide's figures and place are told without a reload", async () => {
    await buys(CUSTOMER_TOKEN, 2);
    await page.locator('.own-rank[data-rank="1"]').waitFor();
    await page.locator('.ranking li.own[data-rank="1"]', { hasText: "林晚" }).waitFor();
    await page.locator('[data-figure="sales"]', { hasText: "¥1000.00" }).waitFor();
    await page.locator('[data-figure="orders"]', { hasText: "1 单" }).waitFor();
    const commission = await fenOf(page.locator('[data-figure="commission"] dd'));
    assert.equal(commission, (await commissions())[0].amount.minor);
  });

  await step("a friend who registers by the guide's code moves the task on, as it happens", async () => {
    await registers("a newcomer");
    await page.locator('[data-goal="RECRUIT"]', { hasText: "1 / 1" }).waitFor();
    await page.locator('[data-figure="newMembers"]', { hasText: "1 人" }).waitFor();
  });

  await step("what was done is handed in, the manager approves it, and the task is done", async () => {
    await page.getByRole("button", { name: "提交 · 客户回访" }).click();
    await page.getByRole("button", { name: "增加一件" }).click();
    await page.getByLabel("做了什么").fill("回访了两位老客");
    await fits(page);
    await page.getByRole("button", { name: "提交审核" }).click();
    await page.locator('.evidence[data-state="WAITING"]', { hasText: "回访了两位老客 × 2" }).waitFor();
    const { taskEvidence } = await graphql("{ taskEvidence(first: 1) { nodes { id } } }", {}, OPERATOR_TOKEN);
    const input = { evidenceId: taskEvidence.nodes[0].id, approve: true };
    await act(OPERATOR_TOKEN, "taskEvidenceDecide(input: $input) { userErrors { message } }", "TaskEvidenceDecideInput", input);
    await page.locator('.task[data-state="DONE"]').waitFor();
    await page.locator('[data-goal="VISIT"]', { hasText: "2 / 2" }).waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: SCREENSHOT });
  });
}

async function theNetworkIsAwayForAMoment(context, page) {
  await step("while the network is away it is said, and afterwards nothing is missing", async () => {
    await context.setOffline(true);
    await page.getByRole("status").filter({ hasText: "正在重新连接" }).waitFor();
    await buys(CUSTOMER_TOKEN, 1);
    await context.setOffline(false);
    await page.locator(".own-rank", { hasText: "¥1500.00" }).waitFor();
    await page.locator('[data-figure="sales"]', { hasText: "¥1500.00" }).waitFor();
    assert.equal(await page.locator(".guide-header em").textContent(), "");
  });
}

async function customersAreKnownByMaskedNames(page) {
  await step("customers are shown by masked names, with until when they are protected", async () => {
    await page.getByRole("link", { name: "会员" }).click();
    await page.getByText("共 2 位会员").waitFor();
    const names = await page.locator(".people strong").allTextContents();
    assert.ok(names.every((name) => /^.?\*\*$/.test(name)), String(names));
    assert.equal(await page.locator(".people li", { hasText: "永久绑定" }).count(), 2);
    await fits(page);
  });
}

async function somethingIsPassedOn(context, page) {
  let link;

  await step("a product becomes a picture with a code that leads to it by the guide's share", async () => {
    await page.getByRole("link", { name: "分享" }).click();
    await page.getByRole("button", { name: "分享 莲瓣浅盘" }).click();
    link = await sharedLink(page, "海报:莲瓣浅盘");
    assert.equal(link.searchParams.get("product"), "plate");
    await fits(page);
  });

  await step("the same for a group chat is another share, as the brand counts them apart", async () => {
    await page.getByRole("button", { name: "朋友圈" }).click();
    await page.waitForFunction((before) => document.querySelector(".link").value !== before, link.href);
    const other = await sharedLink(page, "海报:莲瓣浅盘");
    assert.notEqual(other.searchParams.get("share"), link.searchParams.get("share"));
    await page.keyboard.press("Escape");
  });

  await step("who opens the link sees the product, and the guide that somebody came", async () => {
    const visitor = await (await browser.newContext(PHONE)).newPage();
    await visitor.goto(link.href);
    await visitor.getByRole("heading", { name: "莲瓣浅盘" }).waitFor();
    const code = link.searchParams.get("share");
    for (let round = 0; ; round++) {
      const { share } = await graphql("query ($code: String!) { share(code: $code) { funnel { visits } } }", { code }, GUIDE_TOKEN);
      if (share.funnel.visits > 0) break;
      assert.ok(round < 50, "the visit is not counted");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await visitor.context().close();
  });

  await step("a post is passed on too, and opens as a page of its own", async () => {
    await page.getByRole("link", { name: "内容" }).click();
    await page.getByRole("button", { name: "分享 龙井怎么泡才不苦" }).click();
    const post = await sharedLink(page, "海报:龙井怎么泡才不苦");
    const reader = await context.newPage();
    await reader.goto(post.href);
    await reader.getByRole("heading", { name: "龙井怎么泡才不苦" }).waitFor();
    await reader.close();
    await page.keyboard.press("Escape");
  });
}

async function aRoomGoesLiveAndEnds(page) {
  await step("one tap goes live with what was ticked; the room is passed on and ended", async () => {
    await page.getByRole("link", { name: "直播", exact: true }).click();
    await page.getByLabel("莲瓣浅盘").check();
    await fits(page);
    await page.getByRole("button", { name: "一键开播" }).click();
    await page.locator('.on-air[data-state="LIVE"]', { hasText: "林晚的直播间" }).waitFor();
    await page.getByRole("button", { name: "分享直播间" }).click();
    const link = await sharedLink(page, "海报:林晚的直播间");
    const { liveRoom } = await graphql("query ($id: ID!) { liveRoom(id: $id) { state shelf { liveStock } } }", { id: link.searchParams.get("room") });
    assert.deepEqual([liveRoom.state, liveRoom.shelf.length], ["LIVE", 1]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "结束直播" }).click();
    await page.getByRole("button", { name: "确定结束" }).click();
    await page.getByLabel("沿用「林晚的直播间」的 1 件商品").waitFor();
  });
}

async function commissionIsExplained(page) {
  await step("the wallet and each commission say how much, of what, and why it is the guide's", async () => {
    await page.getByRole("link", { name: "佣金" }).click();
    await page.locator('article[data-state="PENDING"]').first().waitFor();
    for (const card of await page.locator("article.commission").all()) {
      const [, base, percent] = (await card.locator("header + p").textContent()).match(/(¥[\d.]+) × ([\d.]+)%/);
      const back = (await card.textContent()).match(/退款追回 (¥[\d.]+)/);
      const earned = Math.floor((fen(base) * Math.round(Number(percent) * 100)) / 10_000);
      assert.equal(await fenOf(card.locator("header .amount")), earned - (back ? fen(back[1]) : 0));
    }
    await page.getByRole("button", { name: "冻结中" }).click();
    await page.locator('article[data-state="FROZEN"]', { hasText: "解冻" }).waitFor();
    const frozen = await page.locator("article.commission header .amount").allTextContents();
    assert.equal(sum(frozen.map(fen)), await fenOf(page.locator('[data-part="frozen"] dd')));
    await page.getByText("为什么是我的订单?").first().click();
    await page.locator(".why p").waitFor();
    await fits(page);
  });
}

async function moneyIsTakenOut(page) {
  let available;

  await step("all that is available is asked for; the fee and what arrives are said before", async () => {
    available = await fenOf(page.locator('[data-part="available"] .amount'));
    await page.getByRole("link", { name: "提现", exact: true }).click();
    await page.getByRole("button", { name: "全部提现" }).click();
    await page.locator('[data-part="arrives"] .amount').waitFor();
    assert.equal(fen(`¥${await page.getByLabel("提现金额").inputValue()}`), available);
    const fee = await fenOf(page.locator('[data-part="fee"] .amount'));
    assert.equal(fee, Math.max(Math.floor((available * 60) / 10_000), 10));
    assert.equal(await fenOf(page.locator('[data-part="arrives"] .amount')), available - fee);
    await fits(page);
  });

  await step("more than there is, and what is no amount, is refused in words", async () => {
    await page.getByLabel("提现金额").fill("12.345");
    await page.getByText("最多两位小数").waitFor();
    await page.getByLabel("提现金额").fill(String(available / 100 + 1));
    await page.getByRole("button", { name: "确认提现" }).click();
    await page.locator(".form .notice", { hasText: /\S/ }).waitFor();
    assert.equal(await page.locator(".withdrawal").count(), 0);
    await page.getByRole("button", { name: "全部提现" }).click();
  });

  await step("it is sent, confirmed as in WeChat, and seen to arrive", async () => {
    await page.getByRole("button", { name: "确认提现" }).click();
    await page.getByRole("button", { name: "在微信确认收款" }).click();
    await page.locator('.withdrawal[data-state="PAID"]', { hasText: "已到账" }).waitFor();
    await page.locator('.form [data-part="available"]', { hasText: "¥0.00" }).waitFor();
    const { myWallet } = await graphql("{ myWallet { paid { minor } fees { minor } available { minor } } }", {}, GUIDE_TOKEN);
    assert.equal(myWallet.paid.minor + myWallet.fees.minor, available);
    assert.equal(myWallet.available.minor, 0);
  });
}

async function theMonthAddsUp(page) {
  await step("the statement of the month adds up, kind by kind and line by line", async () => {
    await page.getByRole("link", { name: "佣金" }).click();
    await page.getByRole("link", { name: "对账单" }).click();
    await page.locator(".statement-lines li").first().waitFor();
    const part = async (name) => (await page.locator(`.sums [data-part="${name}"] dd`).allTextContents()).map(fen);
    const [[opening], totals, [closing]] = [await part("opening"), await part("total"), await part("closing")];
    const lines = (await page.locator(".statement-lines li > span > .amount").allTextContents()).map(fen);
    const balances = (await page.locator(".statement-lines [data-balance] .amount").allTextContents()).map(fen);
    assert.equal(opening, SAVED);
    assert.equal(closing, 0);
    assert.equal(opening + sum(totals), closing);
    assert.equal(sum(lines), sum(totals));
    let balance = opening;
    for (const [number, amount] of lines.entries()) assert.equal((balance += amount), balances[number]);
    for (const kind of ["佣金解冻", "退款追回", "提现", "提现手续费"]) await page.locator(".sums dt", { hasText: kind }).first().waitFor();
    await fits(page);
  });

  await step("it is taken along as a workbook", async () => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "下载 Excel" }).click()]);
    assert.match(file.suggestedFilename(), /^对账单 \d{4}-\d\d\.xlsx$/);
    assert.equal((await readFile(await file.path())).subarray(0, 2).toString(), "PK");
  });
}

async function whoIsNoGuideIsTold(context) {
  await step("a visitor is asked to log in, and a customer is told that they are no guide, in their language", async () => {
    const page = await (await browser.newContext(PHONE)).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${BASE_URL}/guide/?lang=en`);
    await page.getByRole("button", { name: "Log in" }).waitFor();
    await page.goto(`${BASE_URL}/guide/?lang=en&view=members#token=${CUSTOMER_TOKEN}`);
    await page.getByText("You are not a guide yet").waitFor();
    await page.context().close();
  });
}

/** The link of the open sheet, which the code in its picture says as well. */
async function sharedLink(page, picture) {
  await page.getByRole("img", { name: picture }).waitFor();
  const link = new URL(await page.locator(".link").inputValue());
  assert.match(link.searchParams.get("share"), /^[0-9A-Za-z]{10}$/);
  const image = await page.getByRole("img", { name: picture }).evaluate((shown) => {
    const canvas = document.createElement("canvas");
    const [width, height] = [shown.naturalWidth / 2, shown.naturalHeight / 2];
    [canvas.width, canvas.height] = [width / 2, height / 3];
    const on = canvas.getContext("2d");
    on.drawImage(shown, canvas.width - width, canvas.height - height, width, height);
    return { width: canvas.width, height: canvas.height, data: [...on.getImageData(0, 0, canvas.width, canvas.height).data] };
  });
  assert.equal(decodeQR({ ...image, data: Uint8Array.from(image.data) }), link.href);
  return link;
}

/** The guide's customer orders so many and pays, without a browser. */
async function buys(token, quantity) {
  const { order } = await act(token, "orderPlace(input: $input) { order { id } userErrors { message } }", "OrderPlaceInput", {
    lines: [{ variantId: VARIANT_ID, quantity }],
    idempotencyKey: randomUUID(),
  });
  const { payment } = await act(token, "orderPay(input: $input) { payment { confirmUrl } userErrors { message } }", "OrderPayInput", {
    orderId: order.id,
    idempotencyKey: randomUUID(),
  });
  assert.ok((await fetch(new URL(payment.confirmUrl, BASE_URL), { method: "POST" })).ok);
}

async function registers(user) {
  const answer = await fetch(`${BASE_URL}/standins/wechat/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  const { code } = await answer.json();
  const input = { code, nickname: "新来的朋友", shareCode: SHARE_CODE };
  const document = "mutation ($input: MemberLoginByWechatInput!) { memberLoginByWechat(input: $input) { userErrors { message } } }";
  const { memberLoginByWechat } = await graphql(document, { input });
  assert.deepEqual(memberLoginByWechat.userErrors, []);
}

async function commissions() {
  const { myCommissions } = await graphql("{ myCommissions(first: 5) { nodes { amount { minor } } } }", {}, GUIDE_TOKEN);
  return myCommissions.nodes;
}

async function fenOf(locator) {
  await locator.filter({ hasText: "¥" }).waitFor(); // figures come after the name
  return fen(await locator.textContent());
}

function fen(text) {
  const [, minus, whole, fraction = "0"] = text.match(/(−?)¥(\d+)(?:\.(\d\d))?/);
  return (minus ? -1 : 1) * (Number(whole) * 100 + Number(fraction));
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Nothing stands out of the screen, and what can be tapped is large enough. */
async function fits(page) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  assert.deepEqual(await tooSmallForAFinger(page), []);
}
