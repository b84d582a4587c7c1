import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { Shown, useLoad } from "../../parts/load.tsx";
import { ATTRIBUTION } from "../api/documents.ts";
import { useWords } from "../locale.ts";

interface Explanation {
  summary: string;
  findings: { verdict: string; text: string }[];
}

/** Why the order is the guide's; asked for when somebody wants to know. */
export function Why({ orderId }: { orderId: string }) {
  const words = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={(toggle) => setIsOpen(toggle.currentTarget.open)}>
      <summary>{words.why}</summary>
      {isOpen && <Explained orderId={orderId} />}
    </details>
  );
}

function Explained({ orderId }: { orderId: string }) {
  const words = useWords();
  const client = useClient();
  const found = useLoad(
    async () =>
      (await client.request<{ attribution: { explanation: Explanation | null } | null }>(ATTRIBUTION, { orderId })).attribution
        ?.explanation ?? null,
    [orderId],
  );
  return (
    <Shown of={found} gone={words.whyNothing}>
      {({ summary, findings }) => (
        <div class="why">
          <p>{summary}</p>
          <ul>
            {findings.map(({ text }, number) => (
              <li key={number} class="muted">
                {text}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Shown>
  );
}
