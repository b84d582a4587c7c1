// Checks the types, and builds what is committed: web/dist for pages, miniprogram/dist for WeChat.
// `node build.mjs DIR` builds into DIR instead.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const root = import.meta.dirname;
const out = resolve(process.argv[2] ?? root);
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const banner = "/*! Yutang clients, Apache-2.0. Contains graphql-ws, MIT, Copyright (c) Denis Badurina. */";
const builds = [
  { name: "web", format: "esm", target: "es2022" },
  { name: "miniprogram", format: "cjs", target: "es2017" },
];

await Promise.all([check("core"), ...builds.map(build)]);

/** The core is held to the language itself: no DOM, no `wx`, no Node. */
function check(name, ...options) {
  return promisify(execFile)(process.execPath, [tsc, "-p", join(root, name), ...options]).catch(({ stdout }) => {
    console.error(stdout);
    process.exit(1);
  });
}

async function build({ name, format, target }) {
  const input = join(root, name, "src/index.ts");
  const dist = join(out, name, "dist");
  const types = join(dist, "types");
  await check(name, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", root, "--outDir", types);
  for (const file of declarations(types)) {
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(from|import) "(.*)\.ts"/g, '$1 "$2.js"'));
  }
  await bundle(input, format, target, join(dist, "index.js"));
  const small = await bundle(input, format, target, null);
  console.log(`${name}: ${size(readFileSync(join(dist, "index.js")))}, minified ${size(Buffer.from(small))}`);
}

async function bundle(input, format, target, file) {
  const built = await rolldown({ input, cwd: root, transform: { target } });
  if (file) return built.write({ file, format, banner, comments: false });
  return (await built.generate({ format, minify: true })).output[0].code;
}

function declarations(directory) {
  const files = readdirSync(directory, { recursive: true }).filter((file) => file.endsWith(".d.ts"));
  return files.map((file) => join(directory, file));
}

function size(bytes) {
  return `${(bytes.length / 1024).toFixed(1)} KB (${(gzipSync(bytes).length / 1024).toFixed(1)} KB gzip)`;
}
