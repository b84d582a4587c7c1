import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { languageAddress } from "../address.ts";
import { addressOf, type Tab, TABS, tabOf, tabView, type View } from "./address.ts";
import { useWords } from "./locale.ts";
import { Link } from "./navigation.tsx";
import { useIsCutOff } from "./parts/following.ts";

const ICONS: Record<Tab, string> = {
  today: "M4 20V10m5.3 10V4m5.4 16v-8M20 20V7",
  members: "M9 11a4 4 0 100-8 4 4 0 000 8zm-7 9c.6-4 3.3-6 7-6s6.4 2 7 6m0-16.5a3.5 3.5 0 010 7M18 14.5c2.2.7 3.6 2.6 4 5.5",
  share: "M12 15V4m-4 4l4-4 4 4M5 12v7h14v-7",
  commission: "M12 21a9 9 0 100-18 9 9 0 000 18zM8.5 7.5L12 12l3.5-4.5M9 12.5h6M9 15.5h6M12 12v6",
  live: "M3 7h12v10H3zm12 4l6-3v8l-6-3",
};

/** What stands around every view: the name of the page, whether the network is there, and the bar that leads around. */
export function Frame({ view, children }: { view: View; children: ComponentChildren }) {
  const words = useWords();
  const isCutOff = useIsCutOff();
  const main = useFocusAtChange(addressOf(view));
  const tab = tabOf(view);
  return (
    <>
      <header class="guide-header">
        <strong>{words.guide}</strong>
        <em role="status">{isCutOff ? words.waiting : ""}</em>
        <a class="language" href={languageAddress(words.lang === "en" ? "zh" : "en")}>
          {words.language}
        </a>
      </header>
      <main ref={main} tabIndex={-1} class={`view ${view.at}`}>
        {children}
      </main>
      <nav class="guide-tabs" aria-label={words.guide}>
        {TABS.map((one) => (
          <Link key={one} to={tabView(one)} current={one === tab}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={ICONS[one]} />
            </svg>
            {words.tabs[one]}
          </Link>
        ))}
      </nav>
    </>
  );
}

/** Who uses a keyboard or hears the page goes on at the top of a new view. */
function useFocusAtChange(address: string) {
  const main = useRef<HTMLElement>(null);
  const last = useRef(address);
  useEffect(() => {
    if (last.current !== address) main.current?.focus({ preventScroll: true });
    last.current = address;
  }, [address]);
  return main;
}
