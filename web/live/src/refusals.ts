import { ApiError } from "yutang-web";
import type { UserError } from "./api/types.ts";
import type { Words } from "./locale.ts";

/** A refusal in words that help the viewer to go on. */
export function refusalText(refusal: UserError, words: Words): string {
  if (refusal.available !== undefined) return words.stockLeft(refusal.available);
  if (refusal.retryAfterSeconds !== undefined) return words.slowDown(refusal.retryAfterSeconds);
  if (refusal.balance !== undefined && refusal.needed !== undefined)
    return words.coinsShort(String(refusal.balance), String(refusal.needed));
  return refusal.message;
}

/** A request that failed as a whole. */
export function failureText(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return words.failed;
  if (error.code === "OFFLINE") return words.offline;
  if (error.code === "UNAUTHENTICATED") return words.loginAgain;
  if (error.code === "RATE_LIMITED") return words.slowDown(error.retryAfterS || 1);
  return error.message || words.failed;
}
