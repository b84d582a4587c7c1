import { newKey } from "yutang-web";
import type { Client } from "../api/client.ts";
import { SHARE_VISIT } from "../api/documents.ts";
import { recall, remember } from "../device.ts";

/** Tell the shop by whose share the viewer came. The sharer's credit depends on it; the page does not. */
export function tellOfShare(client: Client): void {
  const code = client.session.shareCode;
  if (code) void client.request(SHARE_VISIT, { input: { code, visitorKey: visitorKey() } }).catch(() => {});
}

function visitorKey(): string {
  const key = recall("visitor") ?? newKey();
  remember("visitor", key);
  return key;
}
