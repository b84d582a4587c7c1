import { mutedUntil, type Own } from "./own.ts";
import type { RoomState } from "./state.ts";

/** Why the viewer may not speak now; `untilMs` is when that ends, by the shop's clock. */
export type Silence = { why: "none" | "over" | "room" } | { why: "own" | "slow"; untilMs: number };

/** `nextAtMs`: from when on slow mode lets the viewer speak again. */
export function silenceOf(room: RoomState, own: Own, memberId: string | null, nextAtMs: number, nowMs: number): Silence {
  if (room.state !== "LIVE" && room.state !== "PAUSED") return { why: "over" };
  if (own.mayModerate) return { why: "none" };
  if (room.rules.muted) return { why: "room" };
  const untilMs = Date.parse(mutedUntil(room, own, memberId) ?? "") || 0;
  if (untilMs > nowMs) return { why: "own", untilMs };
  return nextAtMs > nowMs ? { why: "slow", untilMs: nextAtMs } : { why: "none" };
}

/** 75 s as 01:15, and 3,700 s as 1:01:40. */
export function clockText(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}`;
  return h ? `${h}:${tail}` : tail;
}

export function secondsUntil(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
}
