export const SHARED_KINDS = ["products", "posts", "rooms"] as const;
export type SharedKind = (typeof SHARED_KINDS)[number];

export type View =
  | { at: "today" }
  | { at: "members" }
  | { at: "share"; kind: SharedKind }
  | { at: "commission" }
  /** `month` as 2026-11; null: the month it is. */
  | { at: "statement"; month: string | null }
  | { at: "withdraw" }
  | { at: "live" };

/** What the bar at the bottom leads to. */
export const TABS = ["today", "members", "share", "commission", "live"] as const;
export type Tab = (typeof TABS)[number];

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The view that an address asks for; the first screen for anything unknown. */
export function viewOf(search: string): View {
  const asked = new URLSearchParams(search);
  const at = asked.get("view");
  switch (at) {
    case "members":
    case "commission":
    case "withdraw":
    case "live":
      return { at };
    case "share":
      return { at, kind: SHARED_KINDS.find((kind) => kind === asked.get("kind")) ?? "products" };
    case "statement": {
      const month = asked.get("month") ?? "";
      return { at, month: MONTH.test(month) ? month : null };
    }
    default:
      return { at: "today" };
  }
}

/** The address of a view. The language stays; it is not of a view. */
export function addressOf(view: View, current = location.search): string {
  const search = new URLSearchParams();
  if (view.at !== "today") search.set("view", view.at);
  if (view.at === "share" && view.kind !== "products") search.set("kind", view.kind);
  if (view.at === "statement" && view.month) search.set("month", view.month);
  const lang = new URLSearchParams(current).get("lang");
  if (lang) search.set("lang", lang);
  const said = search.toString();
  return location.pathname + (said && `?${said}`);
}

/** Under which tab a view stands. */
export function tabOf({ at }: View): Tab {
  return at === "statement" || at === "withdraw" ? "commission" : at;
}

export function tabView(tab: Tab): View {
  return tab === "share" ? { at: tab, kind: "products" } : { at: tab };
}
