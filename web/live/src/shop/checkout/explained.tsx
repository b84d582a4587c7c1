import type { ComponentChildren } from "preact";
import { exact, price } from "../../numbers.ts";
import { Amount, sum, times } from "../../parts/amount.tsx";
import { Picture } from "../../parts/picture.tsx";
import type { Money, Order, OrderLine, Quote, QuoteLine, Step, VariantCard } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";

/** A line of a quote or of an order, with all that explains what it costs. */
export interface PricedLine {
  name: string;
  variantName: string;
  pictureUrl: string | null;
  mark: string;
  quantity: number;
  listPrice: Money;
  payable: Money;
  units: Money[];
  steps: Step[];
}

export function lineOfQuote(line: QuoteLine, card: VariantCard | null | undefined): PricedLine {
  return {
    ...line,
    name: card?.product?.name ?? "…",
    variantName: card?.name ?? "",
    pictureUrl: card?.pictureUrl ?? null,
    mark: "",
    units: line.unitPayable,
  };
}

export function lineOfOrder(line: OrderLine, words: Words): PricedLine {
  const mark = { GOODS: "", GIFT: words.gift, ADD_ON: words.addOn }[line.kind];
  return { ...line, mark, units: line.unitPaid };
}

/** One line, which unfolds to: list price × quantity − steps = payable, and what each unit gives back. */
export function Explained({ line, children }: { line: PricedLine; children?: ComponentChildren }) {
  const words = useWords();
  const listed = times(line.listPrice, line.quantity);
  return (
    <details class="explained">
      <summary>
        <span class="thumb">
          <Picture name={line.name} url={line.pictureUrl} />
        </span>
        <span class="explained-text">
          <strong>
            {line.mark && <em class="tag">{line.mark}</em>}
            {line.name}
          </strong>
          <small class="muted">
            {line.variantName} × {line.quantity}
          </small>
        </span>
        <span class="explained-sum">
          <Amount of={line.payable} />
          {listed.minor !== line.payable.minor && <s>{price(listed.minor, listed.currency)}</s>}
        </span>
      </summary>
      <dl class="steps" aria-label={words.explainOf(line.name)}>
        <Entry part="list" title={`${words.listed} ${exact(line.listPrice.minor, line.listPrice.currency)} × ${line.quantity}`} amount={listed} />
        <Steps steps={line.steps} />
        <Entry part="payable" title={words.payable} amount={line.payable} />
        {line.quantity > 1 && (
          <div class="units">
            <dt>{words.eachPaid}</dt>
            <dd>
              {counted(line.units).map(([unit, many]) => (
                <span key={unit.minor} data-units={many}>
                  <Amount of={unit} /> × {many}
                </span>
              ))}
            </dd>
          </div>
        )}
      </dl>
      {children}
    </details>
  );
}

/** What was taken off, step by step, in the order in which it was done. */
function Steps({ steps }: { steps: readonly Step[] }) {
  const words = useWords();
  return (
    <>
      {steps.map((step, place) => (
        <Entry key={place} part="step" title={stepName(step, words)} amount={times(step.amount, -1)} />
      ))}
    </>
  );
}

interface EntryProps {
  part: "list" | "step" | "payable" | "goods" | "fee" | "bearing" | "total";
  title: string;
  amount: Money;
}

function Entry({ part, title, amount }: EntryProps) {
  return (
    <div data-part={part}>
      <dt>{title}</dt>
      <dd>
        <Amount of={amount} />
      </dd>
    </div>
  );
}

/** What an order costs as a whole: list prices − steps = goods; goods + shipping − who bears it = total. */
export interface Whole {
  lines: { listPrice: Money; quantity: number }[];
  /** What was taken off lines, by what it was; then what was taken off the shipping. */
  steps: Step[];
  goods: Money;
  fee: Money;
  total: Money;
}

export function wholeOfQuote(quote: Quote): Whole {
  return { ...quote, fee: quote.shipping };
}

/** An order keeps the steps of each line; those of the same name are one here. */
export function wholeOfOrder(order: Order): Whole {
  const bearing = order.steps.filter(({ stage }) => stage === SHIPPING);
  const fee = sum([order.shipping, ...bearing.map(({ amount }) => amount)]);
  return { ...order, steps: [...merged(order.lines.flatMap(({ steps }) => steps)), ...bearing], fee };
}

const SHIPPING = "SHIPPING";

export function WholeExplained({ whole }: { whole: Whole }) {
  const words = useWords();
  const bearing = whole.steps.filter(({ stage }) => stage === SHIPPING);
  return (
    <dl class="steps whole" aria-label={words.explain}>
      <Entry part="list" title={words.listedSum} amount={sum(whole.lines.map((line) => times(line.listPrice, line.quantity)))} />
      <Steps steps={whole.steps.filter(({ stage }) => stage !== SHIPPING)} />
      <Entry part="goods" title={words.goods} amount={whole.goods} />
      <Entry part="fee" title={words.shippingFee} amount={whole.fee} />
      {bearing.map((step, place) => (
        <Entry key={place} part="bearing" title={stepName(step, words)} amount={times(step.amount, -1)} />
      ))}
      <Entry part="total" title={words.due} amount={whole.total} />
    </dl>
  );
}

function stepName({ kind, name }: Step, words: Words): string {
  const known = words.step[kind];
  if (!name) return known ?? kind;
  return known ? `${known} · ${name}` : name;
}

function merged(steps: readonly Step[]): Step[] {
  const known = new Map<string, Step>();
  for (const step of steps) {
    const key = [step.stage, step.kind, step.name].join("\n");
    const before = known.get(key);
    known.set(key, before ? { ...before, amount: sum([before.amount, step.amount]) } : step);
  }
  return [...known.values()];
}

function counted(units: readonly Money[]): [Money, number][] {
  const many = new Map<number, [Money, number]>();
  for (const unit of units) many.set(unit.minor, [unit, (many.get(unit.minor)?.[1] ?? 0) + 1]);
  return [...many.values()];
}
