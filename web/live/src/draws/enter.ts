import type { Client } from "../api/client.ts";
import { COMMENT_SEND, DRAW_ENTER } from "../api/documents.ts";
import type { EntryConditions } from "../api/play-types.ts";
import type { BulletComment, UserError } from "../api/types.ts";

export interface Said {
  comment: BulletComment | null;
  waiting: boolean;
  userErrors: UserError[];
}

/** Say the password of a draw or a red packet, where it has one. Why it could not be said, if so. */
export async function sayPassword(
  client: Client,
  liveRoomId: string,
  { password }: EntryConditions,
  onSaid: (comment: BulletComment, waits: boolean) => void,
): Promise<UserError | null> {
  if (!password) return null;
  const input = { liveRoomId, text: password };
  const { bulletCommentSend: said } = await client.request<{ bulletCommentSend: Said }>(COMMENT_SEND, { input });
  if (said.comment) onSaid(said.comment, said.waiting);
  return said.userErrors[0] ?? null;
}

/** The viewer's ticket, or why there is none. */
export async function enterDraw(client: Client, drawId: string): Promise<{ ticket: string } | UserError> {
  const { drawEnter } = await client.request<{
    drawEnter: { entry: { ticket: string } | null; userErrors: UserError[] };
  }>(DRAW_ENTER, { input: { drawId } });
  return drawEnter.entry ?? drawEnter.userErrors[0]!;
}
