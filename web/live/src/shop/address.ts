/** A play by which something is bought; a group to join, or none to begin one. */
export interface Play {
  kind: "SECKILL" | "GROUP";
  id: string;
  groupId: string | null;
}

/** What is about to be bought: the cart, or one thing straight from its page. */
export type Basket = { of: "cart" } | { of: "product"; variantId: string; quantity: number; play: Play | null };

export type View =
  | { at: "home"; categoryId: string | null }
  | { at: "product"; slug: string }
  | { at: "cart" }
  | { at: "checkout"; basket: Basket }
  | { at: "orders" }
  | { at: "order"; id: string; isToBePaid: boolean }
  | { at: "group"; id: string }
  | { at: "post"; id: string };

export const HOME: View = { at: "home", categoryId: null };
const CART = "cart";

/** The view that an address asks for; the home of the shop for anything unknown. */
export function viewOf(search: string): View {
  const asked = new URLSearchParams(search);
  const value = (name: string) => asked.get(name) ?? "";
  if (asked.has("product")) return { at: "product", slug: value("product") };
  if (asked.has("group")) return { at: "group", id: value("group") };
  if (asked.has("post")) return { at: "post", id: value("post") };
  if (asked.has("order")) return { at: "order", id: value("order"), isToBePaid: asked.has("pay") };
  if (asked.has("orders")) return { at: "orders" };
  if (asked.has("cart")) return { at: "cart" };
  if (asked.has("buy")) return { at: "checkout", basket: basketOf(asked) };
  return { at: "home", categoryId: asked.get("category") };
}

function basketOf(asked: URLSearchParams): Basket {
  const variantId = asked.get("buy")!;
  if (variantId === CART) return { of: "cart" };
  const quantity = Math.min(999, Math.max(1, Number(asked.get("n")) || 1));
  const kind = asked.has("seckill") ? "SECKILL" : asked.has("groupbuy") ? "GROUP" : null;
  const id = asked.get("seckill") ?? asked.get("groupbuy") ?? "";
  return { of: "product", variantId, quantity, play: kind && { kind, id, groupId: asked.get("join") } };
}

/** The address of a view. Language and share stay; they are not of a view. */
export function addressOf(view: View, current = location.search): string {
  const now = new URLSearchParams(current);
  const search = new URLSearchParams(parametersOf(view));
  for (const kept of ["lang", "share"]) if (now.has(kept)) search.set(kept, now.get(kept)!);
  const said = search.toString().replace(/=(?=&|$)/g, "");
  return location.pathname + (said && `?${said}`);
}

function parametersOf(view: View): Record<string, string> {
  switch (view.at) {
    case "home":
      return view.categoryId ? { category: view.categoryId } : {};
    case "product":
      return { product: view.slug };
    case "order":
      return { order: view.id, ...(view.isToBePaid && { pay: "" }) };
    case "group":
      return { group: view.id };
    case "post":
      return { post: view.id };
    case "checkout":
      return basketParameters(view.basket);
    default:
      return { [view.at]: "" };
  }
}

function basketParameters(basket: Basket): Record<string, string> {
  if (basket.of === "cart") return { buy: CART };
  const { variantId, quantity, play } = basket;
  return {
    buy: variantId,
    n: String(quantity),
    ...(play && { [play.kind === "GROUP" ? "groupbuy" : "seckill"]: play.id }),
    ...(play?.groupId && { join: play.groupId }),
  };
}
