import { when } from "../../parts/when.ts";
import type { PromotionNotice } from "../api/types.ts";
import { useWords } from "../locale.ts";

/** The offers that run on what is chosen. */
export function Promotions({ notices }: { notices: readonly PromotionNotice[] }) {
  const words = useWords();
  if (!notices.length) return null;
  return (
    <section class="promotions">
      <h2 class="muted">{words.promotions}</h2>
      <ul>
        {notices.map(({ promotionId, name, summary, endsAt, exclusive }) => (
          <li key={promotionId}>
            <em class="tag">{name}</em>
            <span>{summary}</span>
            <small class="muted">
              {[endsAt && words.until(when(endsAt, words.lang)), exclusive && words.exclusive].filter(Boolean).join(" · ")}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
