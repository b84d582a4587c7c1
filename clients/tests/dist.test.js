// What is committed runs where it is meant to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const code = readFileSync(new URL("../miniprogram/dist/index.js", import.meta.url), "utf8");

test("the mini-program's build has no syntax newer than ES2017, and needs no module", () => {
  for (const newer of [/\?\./, /\?\?/, /\bcatch \{/, /\basync \*/, /\basync function \*/, /\bfor await\b/, /#\w+[ ;=(]/, /\.\.\.\w+ *\}/, /\d_\d/, /\brequire\(/])
    assert.ok(!newer.test(code), String(newer));
});

test("it stays small", () => {
  assert.ok(code.length < 48 * 1024, `${code.length} bytes`);
});
