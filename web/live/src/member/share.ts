import { newKey } from "yutang-web";
import type { Client } from "../api/client.ts";
import { SHARE_CREATE, SHARE_VISIT } from "../api/documents.ts";
import type { UserError } from "../api/types.ts";
import { recall, remember } from "../device.ts";

/** Tell the shop by whose share the viewer came. The sharer's credit depends on it; the page does not. */
export function tellOfShare(client: Client): void {
  const code = client.session.shareCode;
  if (code) void client.request(SHARE_VISIT, { input: { code, visitorKey: visitorKey() } }).catch(() => {});
}

/** The viewer's own link to a room, which says by whom one came; or why there is none. */
export async function invitation(client: Client, roomId: string): Promise<{ link: string } | UserError> {
  const own = await ownShare(client, roomId);
  if (!("share" in own)) return own;
  const search = new URLSearchParams({ room: roomId, share: own.share });
  return { link: `${location.origin}${location.pathname}?${search}` };
}

/** The code by which the viewer passes something on, or why there is none. */
export async function ownShare(client: Client, target: string): Promise<{ share: string } | UserError> {
  const input = { target, channel: "LINK", parentCode: client.session.shareCode };
  const { shareCreate } = await client.request<{
    shareCreate: { share: { code: string } | null; userErrors: UserError[] };
  }>(SHARE_CREATE, { input });
  return shareCreate.share ? { share: shareCreate.share.code } : shareCreate.userErrors[0]!;
}

/** Hand a link to the phone's own sheet, else to the clipboard; false where the page may do neither. */
export async function pass(title: string, url: string): Promise<boolean> {
  try {
    if (navigator.share) await navigator.share({ title, url });
    else await navigator.clipboard.writeText(url);
    return true;
  } catch {
    return false;
  }
}

function visitorKey(): string {
  const key = recall("visitor") ?? newKey();
  remember("visitor", key);
  return key;
}
