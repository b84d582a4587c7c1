import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import { useClient } from "../api/use-client.ts";
import { useMembership } from "../member/gate.tsx";
import { Shown, useLoad } from "../parts/load.tsx";
import { GUIDE } from "./api/documents.ts";
import type { Guide } from "./api/types.ts";
import { useWords } from "./locale.ts";

const GuideContext = createContext<Guide>(null!);

/** The guide who looks at the page. */
export function useGuide(): Guide {
  return useContext(GuideContext);
}

/** What is behind it is for active guides; whoever is none is told why. */
export function GuideGate({ children }: { children: ComponentChildren }) {
  const words = useWords();
  const client = useClient();
  const { me, asMember } = useMembership();
  const isMember = client.session.accessToken !== null;
  const guide = useLoad(
    async () => (isMember ? (await client.request<{ myGuide: Guide | null }>(GUIDE)).myGuide : null),
    [isMember, me?.id],
  );
  if (!isMember)
    return (
      <p class="nothing">
        {words.welcome}
        <button class="primary small" onClick={() => asMember(() => {})}>
          {words.loginShort}
        </button>
      </p>
    );
  return (
    <Shown of={guide} gone={words.notAGuide}>
      {(found) =>
        found.status === "ACTIVE" ? (
          <GuideContext.Provider value={found}>{children}</GuideContext.Provider>
        ) : (
          <p class="nothing">{words.status[found.status]}</p>
        )
      }
    </Shown>
  );
}
