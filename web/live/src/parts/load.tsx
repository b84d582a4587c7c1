import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../locale.ts";
import { failureText } from "../refusals.ts";

export interface Loaded<T> {
  /** Undefined until it is there; null when there is nothing of that name. */
  value: T | null | undefined;
  failure: string;
  reload(): Promise<void>;
}

/**
 * What the shop answers, asked anew when something that it depends on changes, and when the network comes back. A late
 * answer to an old question is dropped.
 */
export function useLoad<T>(ask: () => Promise<T | null>, dependencies: readonly unknown[]): Loaded<T> {
  const words = useWords();
  const [value, setValue] = useState<T | null>();
  const [failure, setFailure] = useState("");
  const turn = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const answer = await ask();
      if (mine !== turn.current) return;
      setValue(answer);
      setFailure("");
    } catch (error) {
      if (mine === turn.current) setFailure(failureText(error, words));
    }
  }, dependencies);
  useEffect(() => {
    const again = () => void reload();
    again();
    addEventListener("online", again);
    return () => {
      removeEventListener("online", again);
      turn.current++;
    };
  }, [reload]);
  return { value, failure, reload };
}

/** Do something every so often while it is needed and the page is seen. */
export function useEvery(ms: number, isNeeded: boolean, action: () => void): void {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => document.hidden || latest.current(), ms);
    return () => clearInterval(timer);
  }, [ms, isNeeded]);
}

interface Props<T> {
  of: Loaded<T>;
  /** Stands there when there is nothing of that name. */
  gone: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

/** The thing itself, or why it is not there. Its place is kept while it comes. */
export function Shown<T>({ of: { value, failure, reload }, gone, children }: Props<T>) {
  if (value) return <>{children(value)}</>;
  if (failure)
    return (
      <p class="nothing" role="alert">
        {failure}
        <button class="quiet" onClick={() => void reload()}>
          ↻
        </button>
      </p>
    );
  if (value === undefined) return <p class="nothing waiting" aria-busy="true" />;
  return <p class="nothing">{gone}</p>;
}
