// node-media-server for trying live rooms out on one machine: reached from this machine alone, signed addresses only,
// no administration. It reads the same settings as the pond (docs/live-video.md).
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import NodeMediaServer from "node-media-server";

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
}

const pond = process.env.YUTANG_URL ?? "http://127.0.0.1:8000";
const key = encodeURIComponent(setting("YUTANG_VIDEO__CALLBACK_KEY"));

const engine = new NodeMediaServer({
  bind: "127.0.0.1",
  rtmp: { port: Number(setting("YUTANG_VIDEO__PUSH_DOMAIN").split(":")[1]) },
  http: { port: Number(setting("YUTANG_VIDEO__PLAY_DOMAIN").split(":")[1]) },
  auth: { publish: true, play: true, secret: setting("YUTANG_VIDEO__PUSH_KEY") },
  notify: { url: `${pond}/callbacks/live/local?key=${key}` },
  store: { path: mkdtempSync(join(tmpdir(), "live-engine-")) },
  webadmin: { enable: false },
});
await engine.run();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => engine.stop().then(() => process.exit(0)));
