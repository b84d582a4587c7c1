import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { DRAW_SEED } from "../api/documents.ts";
import type { DrawCard } from "../api/play-types.ts";
import { useWords } from "../locale.ts";

const SHOWN = 8;

/** The promise that was made when the draw opened, and, once it is drawn, whether the seed keeps it. */
export function Fairness({ draw, client }: { draw: DrawCard; client: Client }) {
  const words = useWords();
  const [text, setText] = useState("");
  const isDrawn = draw.state === "DRAWN";

  useEffect(() => {
    if (!draw.commitment) return;
    setText(words.fairPromise(draw.commitment.slice(0, SHOWN)));
    if (isDrawn) void checked(draw.id, draw.commitment).then((told) => told && setText(told)).catch(() => {});
  }, [draw.id, draw.commitment, isDrawn]);

  const checked = async (id: string, commitment: string): Promise<string | null> => {
    const { node } = await client.request<{ node: { proof: { seed: string } | null } | null }>(DRAW_SEED, { id });
    if (!node?.proof) return null;
    const seed = node.proof.seed.slice(0, SHOWN);
    const digest = await sha256(node.proof.seed);
    if (digest === null) return words.fairSeed(seed);
    return digest === commitment ? words.fairChecked(seed) : words.fairBroken;
  };

  return <p class="fairness">{text}</p>;
}

/** Of bytes in hex digits, as hex digits; null where the browser does not offer it (plain http). */
async function sha256(hex: string): Promise<string | null> {
  if (!crypto.subtle) return null;
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
