import { useState } from "preact/hooks";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { useLoad } from "../../parts/load.tsx";
import { Notice, Sheet } from "../../parts/sheet.tsx";
import { refusalText } from "../../refusals.ts";
import { REVIEW_ADD, REVIEWABLE } from "../api/documents.ts";
import type { Order, OrderLine } from "../api/types.ts";
import { useWords } from "../locale.ts";

const STARS = [1, 2, 3, 4, 5];

interface Reviewable {
  reviewableLines: { nodes: { orderLineId: string; orderId: string }[] };
}

/** A way to review each line that was received and is not reviewed. */
export function Reviewing({ order }: { order: Order }) {
  const words = useWords();
  const client = useClient();
  const [line, setLine] = useState<OrderLine | null>(null);
  const reviewable = useLoad(async () => (await client.request<Reviewable>(REVIEWABLE)).reviewableLines.nodes, [order.id]);
  const waiting = order.lines.filter(({ id }) => reviewable.value?.some(({ orderLineId }) => orderLineId === id));
  return (
    <>
      {waiting.map((one) => (
        <button key={one.id} class="text-button" onClick={() => setLine(one)}>
          {words.reviewOf(one.name)}
        </button>
      ))}
      {line && (
        <Sheet title={words.review} onClose={() => setLine(null)}>
          <ReviewForm line={line} onDone={() => reviewable.reload().then(() => setLine(null))} />
        </Sheet>
      )}
    </>
  );
}

function ReviewForm({ line, onDone }: { line: OrderLine; onDone(): Promise<void> }) {
  const words = useWords();
  const client = useClient();
  const [stars, setStars] = useState(5);
  const [text, setText] = useState("");
  const [anonymous, setAnonymous] = useState(false);
  const { busy, notice, run } = useAttempt();
  const send = () =>
    run(async () => {
      const input = { orderLineId: line.id, stars, text: text.trim(), anonymous };
      const { told } = await client.request<{ told: { userErrors: UserError[] } }>(REVIEW_ADD, { input });
      const [refusal] = told.userErrors;
      if (!refusal) await onDone();
      return refusal ? refusalText(refusal, words) : "";
    });
  return (
    <form
      class="form"
      onSubmit={(submit) => {
        submit.preventDefault();
        void send();
      }}
    >
      <p>
        <strong>{line.name}</strong> <small class="muted">{line.variantName}</small>
      </p>
      <fieldset class="option">
        <legend>{words.stars}</legend>
        {STARS.map((many) => (
          <label key={many}>
            <input type="radio" name="stars" aria-label={words.starsOf(many)} checked={stars === many} onChange={() => setStars(many)} />
            <span class="star">{many <= stars ? "★" : "☆"}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{words.reviewText}</span>
        <input value={text} maxLength={1000} onInput={(change) => setText(change.currentTarget.value)} />
      </label>
      <label class="tick">
        <input type="checkbox" checked={anonymous} onChange={() => setAnonymous(!anonymous)} />
        {words.anonymously}
      </label>
      <Notice text={notice} />
      <button class="primary" disabled={busy}>
        {words.reviewSend}
      </button>
    </form>
  );
}
