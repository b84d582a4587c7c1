import { useClient } from "../../api/use-client.ts";
import { exact, short } from "../../numbers.ts";
import { useLoad } from "../../parts/load.tsx";
import { PERFORMANCE } from "../api/documents.ts";
import type { ShareFigures } from "../api/types.ts";
import { useWords } from "../locale.ts";

interface Target {
  id: string;
  name?: string;
  title?: string;
  displayName?: string;
}

interface Answer {
  byChannel: { figures: ShareFigures }[];
  byTarget: { figures: ShareFigures; target: Target | null }[];
}

/** What came of what the guide passed on, and which things did best. */
export function Performance() {
  const words = useWords();
  const client = useClient();
  const { value, failure } = useLoad(() => client.request<Answer>(PERFORMANCE), [client]);
  const total = (count: (figures: ShareFigures) => number) =>
    (value?.byChannel ?? []).reduce((sum, { figures }) => sum + count(figures), 0);
  const shown: [string, string][] = [
    [words.views, short(total((one) => one.views), words.lang)],
    [words.visitors, short(total((one) => one.uniqueVisits), words.lang)],
    [words.registrations, short(total((one) => one.registrations), words.lang)],
    [words.paidOrders, short(total((one) => one.paidOrders), words.lang)],
  ];
  return (
    <section class="panel" aria-label={words.performance}>
      <h2>{words.performance}</h2>
      <dl class="figures four">
        {shown.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ? text : "–"}</dd>
          </div>
        ))}
      </dl>
      {value?.byTarget.length === 0 && <p class="muted">{words.performanceNone}</p>}
      <ul>
        {value?.byTarget.map(({ target, figures }) => (
          <li key={target?.id} class="performance">
            <span>{target?.name ?? target?.title ?? target?.displayName ?? "…"}</span>
            <small class="muted">
              {words.views} {short(figures.views, words.lang)} · {words.paidOrders} {short(figures.paidOrders, words.lang)}
            </small>
            <span class="amount">{exact(figures.net.minor, figures.net.currency)}</span>
          </li>
        ))}
      </ul>
      {failure && (
        <p class="warn" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}
