import { useEffect, useState } from "preact/hooks";
import { useAttempt } from "../../parts/attempt.ts";
import { type Loaded, useLoad } from "../../parts/load.tsx";
import { Notice } from "../../parts/sheet.tsx";
import type { Part } from "../api/types.ts";
import { useWords } from "../locale.ts";

export interface Pages<P> {
  first: Loaded<P>;
  /** The first page and those that were asked for after it. */
  all: P[];
  busy: boolean;
  notice: string;
  /** Ask for the next page; null when there is none. */
  more: (() => void) | null;
}

/** A list of which the shop gives a page at a time. `partOf` finds the page in an answer. */
export function usePages<P, T>(
  ask: (after: string | null) => Promise<P | null>,
  partOf: (answer: P) => Part<T>,
  dependencies: readonly unknown[],
): Pages<P> {
  const [older, setOlder] = useState<P[]>([]);
  const first = useLoad(() => ask(null), dependencies);
  const { busy, notice, run } = useAttempt();
  useEffect(() => setOlder([]), [first.value]);
  const all = first.value ? [first.value, ...older] : [];
  const last = all.at(-1);
  const { hasNextPage = false, endCursor = null } = last ? partOf(last).pageInfo : {};
  const next = () =>
    run(async () => {
      const answer = await ask(endCursor);
      if (answer) setOlder((known) => [...known, answer]);
      return "";
    });
  return { first, all, busy, notice, more: hasNextPage ? () => void next() : null };
}

export function More<P>({ of: { busy, notice, more } }: { of: Pages<P> }) {
  const words = useWords();
  return (
    <>
      {notice && <Notice text={notice} />}
      {more && (
        <button class="secondary" disabled={busy} onClick={more}>
          {words.nextPage}
        </button>
      )}
    </>
  );
}
