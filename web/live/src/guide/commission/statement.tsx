import { useClient } from "../../api/use-client.ts";
import { Amount } from "../../parts/amount.tsx";
import { useAttempt } from "../../parts/attempt.ts";
import { Shown } from "../../parts/load.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { when } from "../../parts/when.ts";
import { STATEMENT } from "../api/documents.ts";
import type { Statement } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useGo } from "../navigation.tsx";
import { download } from "../parts/files.ts";
import { daysOf, monthsBefore } from "../parts/months.ts";
import { More, usePages } from "../parts/pages.tsx";

const MONTHS = 24;

/** A month, line by line: what was there, what came and went, and what is there; it adds up. */
export function StatementPage({ month }: { month: string | null }) {
  const words = useWords();
  const client = useClient();
  const go = useGo();
  const shown = month ?? thisMonth();
  const { firstDay, lastDay } = daysOf(shown);
  const pages = usePages(
    async (after) =>
      (await client.request<{ guideStatement: Statement | null }>(STATEMENT, { firstDay, lastDay, after })).guideStatement,
    ({ lines }) => lines,
    [shown],
  );
  const { busy, notice, run } = useAttempt();
  return (
    <>
      <h1>{words.statement}</h1>
      <label class="field month">
        <span>{words.month}</span>
        <select value={shown} onChange={(change) => go({ at: "statement", month: change.currentTarget.value })}>
          {months(shown).map((one) => (
            <option key={one} value={one}>
              {monthText(one, words.lang)}
            </option>
          ))}
        </select>
      </label>
      <Shown of={pages.first} gone={words.gone}>
        {(statement) => (
          <>
            <Sums of={statement} />
            <button
              class="secondary"
              disabled={busy}
              onClick={() => void run(() => download(client, statement.downloadPath, `${words.statement} ${shown}.xlsx`))}
            >
              {busy ? words.downloading : words.download}
            </button>
            <Notice text={notice} />
            <ol class="panel statement-lines" aria-label={words.lines}>
              {statement.lines.nodes.length === 0 && <li class="muted">{words.statementNone}</li>}
              {pages.all.flatMap(({ lines }) => lines.nodes).map((line, number) => (
                <li key={number}>
                  <span>
                    {words.statementKind[line.kind]}
                    <small class="muted block">{when(line.at, words.lang)}</small>
                  </span>
                  <span>
                    <Amount of={line.amount} />
                    <small class="muted block" data-balance={line.balance.minor}>
                      {words.balanceAfter}{" "}
                      <Amount of={line.balance} />
                    </small>
                  </span>
                </li>
              ))}
            </ol>
            <More of={pages} />
          </>
        )}
      </Shown>
    </>
  );
}

function Sums({ of: { opening, totals, closing } }: { of: Statement }) {
  const words = useWords();
  return (
    <dl class="panel sums">
      <div data-part="opening">
        <dt>{words.opening}</dt>
        <dd>
          <Amount of={opening} />
        </dd>
      </div>
      {totals.map(({ kind, lineCount, amount }) => (
        <div key={kind} data-part="total">
          <dt>
            {words.statementKind[kind]} <small class="muted">{words.lineCount(lineCount)}</small>
          </dt>
          <dd>
            <Amount of={amount} />
          </dd>
        </div>
      ))}
      <div data-part="closing">
        <dt>{words.closing}</dt>
        <dd>
          <Amount of={closing} />
        </dd>
      </div>
    </dl>
  );
}

function thisMonth(): string {
  return monthsBefore(new Date(), 1)[0]!;
}

/** The last two years of months, and the one that is shown. */
function months(shown: string): string[] {
  const known = monthsBefore(new Date(), MONTHS);
  return known.includes(shown) ? known : [...known, shown];
}

function monthText(month: string, lang: string): string {
  const at = new Date(`${month}-15T00:00:00Z`);
  return at.toLocaleDateString(lang, { year: "numeric", month: "long", timeZone: "UTC" });
}
