// Buys in the shop in a real browser: by a coupon, in a group and in a flash sale, and asks for a refund. BASE_URL, PLATE,
// CAKE and the ids and tokens beside them say where, what and as whom; SCREENSHOT and CHROMIUM are paths. Every amount on
// screen is worked out again from the explanation that stands beside it. Exits with 1 and a sentence when one does not hold.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { act, complaintsOf, graphql, launched, PHONE, step, tooSmallForAFinger } from "./browser.mjs";

const { BASE_URL, PLATE, CAKE, CAKE_ID, GROUP_BUY_ID, PROMOTION_ID, SCREENSHOT } = process.env;
const { MEMBER_TOKEN, FRIEND_TOKEN, OPERATOR_TOKEN } = process.env;
const PATIENCE_MS = 10_000;
const HOME = { 收件人: "陈晚", 手机号: "13812345678", 省份: "浙江省", 城市: "杭州市", 区县: "西湖区", 详细地址: "龙井路 1 号" };

const browser = await launched();
try {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = complaintsOf(page);
  await aVisitorGathers(page);
  await aMemberBuysWithACoupon(page);
  await anItemGoesBack(page);
  await whatCameIsReviewed(page);
  await aGroupIsJoinedAndLeft(page);
  await aFlashSaleIsExplained(page);
  await whatIsGivenAwayIsComplete(page);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}

async function aVisitorGathers(page) {
  await step("a visitor sees what is sold, with its plays, and fills a cart", async () => {
    await page.goto(`${BASE_URL}/shop/`);
    await page.locator(".play.flash", { hasText: "黑芝麻丸" }).getByRole("timer").waitFor();
    await page.locator(".card", { hasText: "莲瓣浅盘" }).click();
    await page.locator(".promotions", { hasText: "第二件半价" }).waitFor();
    await page.getByLabel("八寸").check();
    await page.getByRole("button", { name: "增加一件" }).click();
    await page.getByRole("button", { name: "加入购物车" }).click();
    await page.getByText("已放进购物车").waitFor();
    await fits(page);
  });

  await step("after login the cart is the member's", async () => {
    await page.goto(`${BASE_URL}/shop/#token=${MEMBER_TOKEN}`);
    await page.getByRole("link", { name: "我的订单" }).waitFor();
    await page.getByRole("link", { name: "购物车,2 件" }).waitFor();
    assert.ok(!page.url().includes("token"), "the token stays in the address");
  });
}

async function aMemberBuysWithACoupon(page) {
  let total;

  await step("a coupon is taken once", async () => {
    await page.goto(`${BASE_URL}/shop/?product=${PLATE}`);
    await page.getByRole("button", { name: "领取" }).click();
    await page.getByRole("button", { name: "已领取" }).waitFor();
  });

  await step("the cart says what it costs, line by line", async () => {
    await page.getByRole("link", { name: "购物车,2 件" }).click();
    const [line] = await explainedLines(page);
    assert.deepEqual(line.steps, [-1666], "the half of 33.33, its odd fen paid");
    assert.equal(await fenOf(page.locator(".summary .row.total .amount")), line.payable);
    await fits(page);
    await page.getByRole("button", { name: "去结算(2)" }).click();
  });

  await step("the best coupon is picked, and shipping is asked for once there is an address", async () => {
    for (const [label, text] of Object.entries(HOME)) await page.getByLabel(label).fill(text);
    await page.getByRole("button", { name: "保存地址" }).click();
    await page.locator('[data-part="fee"]', { hasText: "¥8.00" }).waitFor();
    await page.getByText("已选 1 张").waitFor();
    const whole = await explainedWhole(page);
    assert.deepEqual(whole.steps, [-1666, -1000]);
    total = whole.total;
  });

  await step("at another price nothing is ordered: the new quote is shown", async () => {
    await act(OPERATOR_TOKEN, "promotionEnd(input: $input) { userErrors { message } }", "PromotionEndInput", { promotionId: PROMOTION_ID });
    await page.getByRole("button", { name: "提交订单" }).click();
    await page.getByText("价格有变化,请看过新的价格再提交").waitFor();
    const whole = await explainedWhole(page);
    assert.deepEqual(whole.steps, [-1000]);
    assert.equal(whole.total, total + 1666);
    total = whole.total;
    await page.locator(".explained summary").click();
    await page.locator(".coupons > summary").click();
    await fits(page);
    await page.screenshot({ path: SCREENSHOT });
  });

  await step("it is ordered with the coupon, and paid", async () => {
    await page.getByRole("button", { name: "提交订单" }).click();
    await page.locator(".pay-amount").waitFor();
    assert.equal(await fenOf(page.locator(".pay-amount")), total);
    await page.getByRole("button", { name: "确认支付" }).click();
    await page.getByRole("heading", { name: "待发货" }).waitFor();
    assert.equal((await explainedWhole(page)).total, total);
    assert.deepEqual(await amounts(page.locator('[data-part="payment"] dd')), [total]);
    await page.getByRole("link", { name: "购物车,0 件" }).waitFor();
  });
}

async function anItemGoesBack(page) {
  let back;

  await step("one of the two is asked to go back, at what was paid for it", async () => {
    const [{ units }] = await explainedLines(page);
    await page.getByRole("button", { name: "申请售后" }).click();
    await page.locator(".apply select").selectOption("1");
    back = await fenOf(page.locator(".apply .row.total .amount"));
    assert.equal(back, units[0]);
    await fits(page);
    await page.getByRole("button", { name: "提交申请" }).click();
    await page.locator('.claim-card[data-state="APPLIED"]').waitFor();
    assert.deepEqual(await amounts(page.locator('[data-part="back"] dd')), [back]);
  });

  await step("the brand agrees, and the money is seen to come back", async () => {
    const { afterSales } = await graphql("{ afterSales(first: 1) { nodes { id } } }", {}, OPERATOR_TOKEN);
    const input = { afterSaleId: afterSales.nodes[0].id };
    await act(OPERATOR_TOKEN, "afterSaleAgree(input: $input) { userErrors { message } }", "AfterSaleAgreeInput", input);
    await page.locator('[data-part="refund"][data-state="SUCCEEDED"]').waitFor();
    assert.deepEqual(await amounts(page.locator('[data-part="refund"] dd')), [-back]);
    await page.locator('.claim-card[data-state="COMPLETED"]').waitFor();
  });
}

async function whatCameIsReviewed(page) {
  await step("a package is seen to leave, received and reviewed", async () => {
    const { myOrders } = await graphql("{ myOrders(first: 1) { nodes { id } } }", {}, MEMBER_TOKEN);
    const input = { orderId: myOrders.nodes[0].id, carrier: "顺丰", trackingNumber: "SF10001", idempotencyKey: randomUUID() };
    await act(OPERATOR_TOKEN, "shipmentCreate(input: $input) { userErrors { message } }", "ShipmentCreateInput", input);
    await page.reload();
    await page.locator(".packages", { hasText: "顺丰 SF10001" }).waitFor();
    await page.getByRole("button", { name: "确认收货" }).click();
    await page.getByRole("button", { name: "评价 莲瓣浅盘" }).click();
    await page.getByLabel("4 星").check();
    await page.getByLabel("说说用下来怎么样(选填)").fill("釉色温润");
    await fits(page);
    await page.getByRole("button", { name: "发表评价" }).click();
    await page.getByRole("button", { name: "评价 莲瓣浅盘" }).waitFor({ state: "detached" });
    await page.goto(`${BASE_URL}/shop/?product=${PLATE}`);
    await page.locator(".reviews", { hasText: "釉色温润" }).getByRole("img", { name: "4 星" }).waitFor();
  });
}

async function aGroupIsJoinedAndLeft(page) {
  await step("a group that a friend began is joined from the product's page, and paid", async () => {
    await aGroupIsBegun();
    await page.goto(`${BASE_URL}/shop/?product=${CAKE}`);
    await page.locator(".forming", { hasText: "还差 2 人" }).getByRole("link").click();
    await page.locator(".team", { hasText: "还差 2 人" }).getByRole("button", { name: "参团", exact: true }).click();
    await page.locator('[data-part="total"]').waitFor();
    const whole = await explainedWhole(page);
    assert.deepEqual(whole.steps, [-1400], "from 59.00 to 45.00");
    await page.getByRole("button", { name: "提交订单" }).click();
    await page.getByRole("button", { name: "确认支付" }).click();
    await page.getByRole("heading", { name: "等待成团" }).waitFor();
    await page.locator(".group-strip", { hasText: "还差 1 人" }).click();
    await page.locator(".team .faces li:not(.free)").nth(1).waitFor();
    await page.getByRole("button", { name: "邀请好友参团" }).click();
    const link = new URL(await page.locator(".link").inputValue());
    assert.ok(link.searchParams.get("group") && link.searchParams.get("share"));
    await fits(page);
  });

  await step("whoever leaves it gets everything back", async () => {
    await page.getByRole("link", { name: "我的订单" }).click();
    await page.locator(".order-summary", { hasText: "等待成团" }).click();
    const { total } = await explainedWhole(page);
    await page.getByRole("button", { name: "退出拼团" }).click();
    await page.getByRole("button", { name: "确定退出" }).click();
    await page.getByRole("heading", { name: "已退款" }).waitFor();
    await page.locator('[data-part="refund"][data-state="SUCCEEDED"]').waitFor();
    assert.deepEqual(await amounts(page.locator('[data-part="refund"] dd')), [-total]);
  });
}

async function aFlashSaleIsExplained(page) {
  await step("a flash sale shows its countdown, and its price is explained", async () => {
    await page.goto(`${BASE_URL}/shop/?product=${CAKE}`);
    await page.locator(".play-panel.flash").getByRole("timer").waitFor();
    await page.getByRole("button", { name: "立即秒杀" }).click();
    await page.locator('[data-part="total"]').waitFor();
    assert.deepEqual((await explainedWhole(page)).steps, [-3000], "from 59.00 to 29.00");
  });
}

async function whatIsGivenAwayIsComplete(page) {
  await step("what is given away is ordered, and complete without a payment", async () => {
    await page.goto(`${BASE_URL}/shop/?product=tea`);
    await page.getByRole("button", { name: "立即秒杀" }).click();
    await page.locator('[data-part="total"]').waitFor();
    assert.equal((await explainedWhole(page)).total, 0);
    await page.getByRole("button", { name: "提交订单" }).click();
    await page.getByRole("heading", { name: "待发货" }).waitFor();
    assert.deepEqual(await amounts(page.locator('[data-part="payment"] dd')), []);
  });
}

/** Somebody else begins a group and pays, without a browser. */
async function aGroupIsBegun() {
  const { order } = await act(FRIEND_TOKEN, "orderPlace(input: $input) { order { id } userErrors { message } }", "OrderPlaceInput", {
    lines: [{ variantId: CAKE_ID, quantity: 1 }],
    play: { kind: "GROUP", id: GROUP_BUY_ID },
    idempotencyKey: randomUUID(),
  });
  const { payment } = await act(
    FRIEND_TOKEN,
    "orderPay(input: $input) { payment { confirmUrl } userErrors { message } }",
    "OrderPayInput",
    { orderId: order.id, idempotencyKey: randomUUID() },
  );
  assert.ok((await fetch(new URL(payment.confirmUrl, BASE_URL), { method: "POST" })).ok);
  for (let round = 0; round < 50; round++) {
    const { groupBuys } = await graphql("{ groupBuys(first: 1) { nodes { groups { id } } } }", {}, FRIEND_TOKEN);
    if (groupBuys.nodes[0].groups.length) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("the group does not fill");
}

/** The lines on screen. Of each: list price × quantity − steps = payable = the sum of its units. */
async function explainedLines(page) {
  await page.locator(".explained").first().waitFor();
  const lines = [];
  for (const line of await page.locator(".explained").all()) {
    const part = (name) => amounts(line.locator(`[data-part="${name}"] dd`));
    const [[listed], steps, [payable]] = [await part("list"), await part("step"), await part("payable")];
    const [, price, quantity] = (await line.locator('[data-part="list"] dt').textContent()).match(/(¥[\d.]+) × (\d+)/);
    const units = (await line.locator(".units dd > span").allTextContents()).flatMap((text) => {
      const [, unit, many] = text.match(/(¥[\d.]+) × (\d+)/);
      return Array(Number(many)).fill(fen(unit));
    });
    assert.equal(listed, fen(price) * Number(quantity));
    assert.equal(listed + sum(steps), payable);
    assert.equal(await fenOf(line.locator("summary .amount")), payable);
    if (Number(quantity) > 1) assert.equal(sum(units), payable);
    lines.push({ listed, steps, payable, units });
  }
  return lines;
}

/** The whole on screen: list prices − steps = goods, goods + shipping − who bears it = total; and all lines sum to it. */
async function explainedWhole(page) {
  const lines = await explainedLines(page);
  const part = (name) => amounts(page.locator(`.whole [data-part="${name}"] dd`));
  const [[listed], steps, [goods], [fee], bearing, [total]] = await Promise.all(
    ["list", "step", "goods", "fee", "bearing", "total"].map(part),
  );
  assert.equal(listed, sum(lines.map((line) => line.listed)));
  assert.equal(sum(steps), sum(lines.flatMap((line) => line.steps)));
  assert.equal(goods, listed + sum(steps));
  assert.equal(goods, sum(lines.map((line) => line.payable)));
  assert.equal(total, goods + fee + sum(bearing));
  return { steps, total };
}

/** Amounts as whole fen, of text such as −¥12.30; hidden in a closed explanation or not. */
async function amounts(locator) {
  return (await locator.allTextContents()).map(fen);
}

async function fenOf(locator) {
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
