import { useState } from "preact/hooks";
import { Notice, Sheet } from "../../parts/sheet.tsx";
import { Stepper } from "../../parts/stepper.tsx";
import { EVIDENCE_SUBMIT } from "../api/documents.ts";
import type { Assignment, Goal } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";

interface Props {
  assignment: Assignment;
  goal: Goal;
  onClose(): void;
  onDone(): Promise<void>;
}

/** What was done for a goal that the store's manager decides on. */
export function HandIn({ assignment, goal, onClose, onDone }: Props) {
  const words = useWords();
  const [count, setCount] = useState(1);
  const [text, setText] = useState("");
  const { busy, notice, act } = useAct();
  const submit = () =>
    act(EVIDENCE_SUBMIT, { assignmentId: assignment.id, kind: goal.kind, count, text: text.trim() }, async (refusal) => {
      if (refusal) return;
      await onDone();
      onClose();
    });
  return (
    <Sheet title={words.handInFor(words.taskKind[goal.kind] ?? goal.kind)} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p class="row">
          <span>{words.howMany}</span>
          <Stepper value={count} most={goal.target} onChange={setCount} />
        </p>
        <label class="field">
          <span>{words.whatWasDone}</span>
          <textarea rows={4} maxLength={500} placeholder={words.whatHint} value={text} onInput={(change) => setText(change.currentTarget.value)} />
        </label>
        <Notice text={notice} />
        <button class="primary" disabled={busy || !text.trim()}>
          {words.handInGo}
        </button>
      </form>
    </Sheet>
  );
}
