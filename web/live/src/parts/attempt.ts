import { useState } from "preact/hooks";
import { useWords } from "../locale.ts";
import { failureText } from "../refusals.ts";

/** Run one thing at a time; what it returns, or why it failed, is the notice. */
export function useAttempt() {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [notice, setNotice] = useState("");
  const run = async (action: () => Promise<string>) => {
    setBusy(true);
    setNotice("");
    const text = await action().catch((error) => failureText(error, words));
    setNotice(text);
    setBusy(false);
  };
  return { busy, notice, run };
}
