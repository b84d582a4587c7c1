// What the tests of the pages share: a browser, sentences that must be true, and another client without a browser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { BASE_URL, CHROMIUM = "/usr/bin/chromium" } = process.env;
const packages = createRequire(new URL("../../web/live/package.json", import.meta.url));
const { chromium } = packages("playwright-core");
const { default: decode } = await import(pathToFileURL(packages.resolve("qr/decode.js")));

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const FINGER_PX = 44;

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, locale: "zh-CN" };

/** What a code in a picture says. */
export const decodeQR = (image) => decode(image);

export function launched() {
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET });
}

export async function step(sentence, action) {
  try {
    await action();
  } catch (error) {
    console.error(`NOT TRUE: ${sentence}`);
    throw error;
  }
  console.log(`true: ${sentence}`);
}

/** Buttons that are not large enough for a finger. */
export function tooSmallForAFinger(page) {
  return page.locator("button:visible").evaluateAll(
    (buttons, least) => buttons.filter((b) => Math.min(b.offsetWidth, b.offsetHeight) < least).map((b) => b.outerHTML),
    FINGER_PX,
  );
}

/** Errors of the page and requests to anybody else; losing the network on purpose is neither. */
export function complaintsOf(page) {
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

export async function graphql(query, variables, token) {
  const response = await fetch(`${BASE_URL}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.ok(!errors, JSON.stringify(errors));
  return data;
}

/** The answer to a mutation that is not refused. */
export async function act(token, mutation, inputType, input) {
  const [, name] = mutation.match(/^(\w+)/);
  const { [name]: answer } = await graphql(`mutation ($input: ${inputType}!) { ${mutation} }`, { input }, token);
  assert.deepEqual(answer.userErrors, []);
  return answer;
}
