import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { useWords } from "../../locale.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { refusalText } from "../../refusals.ts";

/** Send mutations whose one field is called `told`, one at a time; why one was refused is the notice. */
export function useAct() {
  const words = useWords();
  const client = useClient();
  const { busy, notice, run } = useAttempt();
  const act = (document: string, input: object, onDone: (refusal: UserError | null) => Promise<string | void> | void) =>
    run(async () => {
      const { told } = await client.request<{ told: { userErrors: UserError[] } }>(document, { input });
      const refusal = told.userErrors[0] ?? null;
      const said = await onDone(refusal);
      return refusal ? refusalText(refusal, words) : (said ?? "");
    });
  return { busy, notice, act };
}
