import type { Post } from "../../core/src/index.ts";

const TIMEOUT_MS = 15_000;

export const post: Post = async (url, body, headers) => {
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.text() };
};
