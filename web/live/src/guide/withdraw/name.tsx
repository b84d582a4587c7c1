import { useState } from "preact/hooks";
import { Notice } from "../../parts/sheet.tsx";
import { PAYOUT_ACCOUNT_CHOOSE } from "../api/documents.ts";
import { useWords } from "../locale.ts";
import { useAct } from "../parts/act.ts";

/** The real name that WeChat wants for large amounts. It stands within the form of the amount, so it is no form itself. */
export function RealName({ onSaved }: { onSaved(): Promise<void> }) {
  const words = useWords();
  const [name, setName] = useState("");
  const { busy, notice, act } = useAct();
  const save = () =>
    act(PAYOUT_ACCOUNT_CHOOSE, { realName: name.trim() }, async (refusal) => {
      if (!refusal) await onSaved();
    });
  return (
    <>
      <p class="warn">{words.needsName}</p>
      <div class="field-row">
        <label class="field">
          <span>{words.realName}</span>
          <input autocomplete="name" maxLength={40} value={name} onInput={(change) => setName(change.currentTarget.value)} />
        </label>
        <button type="button" class="quiet" disabled={busy || !name.trim()} onClick={() => void save()}>
          {words.saveName}
        </button>
      </div>
      {notice && <Notice text={notice} />}
    </>
  );
}
