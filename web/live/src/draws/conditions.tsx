import type { EntryConditions } from "../api/play-types.ts";
import { useWords } from "../locale.ts";

/** What it takes to take part, one line each. */
export function Conditions({ conditions }: { conditions: EntryConditions }) {
  const words = useWords();
  const { boundToHost, password, hasOrdered, leastInvited } = conditions;
  const lines = [
    boundToHost && words.conditionHost,
    password && words.conditionPassword(password),
    hasOrdered && words.conditionOrdered,
    leastInvited > 0 && words.conditionInvited(leastInvited),
  ].filter((line) => typeof line === "string" && line);
  return (
    <ul class="terms" aria-label={words.conditions}>
      {(lines.length ? lines : [words.conditionNone]).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
