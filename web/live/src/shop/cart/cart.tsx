import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import type { Client } from "../../api/client.ts";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { recall, remember } from "../../device.ts";
import { useMembership } from "../../member/gate.tsx";
import { CART, CART_ADD, CART_ATTACH, CART_CREATE, CART_REMOVE, CART_UPDATE } from "../api/documents.ts";
import type { Cart } from "../api/types.ts";

interface LineChange {
  lineId: string;
  quantity?: number;
  selected?: boolean;
}

interface CartKeeper {
  /** Undefined until it is known; null when there is none. */
  cart: Cart | null | undefined;
  count: number;
  /** Each returns why it was refused, if it was. */
  add(variantId: string, quantity: number): Promise<UserError | null>;
  change(change: LineChange): Promise<UserError | null>;
  remove(lineId: string): Promise<UserError | null>;
  reload(): Promise<void>;
}

const CartContext = createContext<CartKeeper>(null!);
const VISITORS_CART = "cart";

export function useCart(): CartKeeper {
  return useContext(CartContext);
}

/** The cart lives in the shop; a visitor's device remembers its secret id until they log in. */
export function CartProvider({ children }: { children: ComponentChildren }) {
  const client = useClient();
  const { me } = useMembership();
  const [cart, setCart] = useState<Cart | null>();

  const keeper = useMemo(() => {
    const reload = async () => setCart(await current(client));
    const change = async (document: string, input: object) => {
      const { told } = await client.request<CartAnswer>(document, { input });
      if (told.cart) setCart(told.cart);
      return told.userErrors[0] ?? null;
    };
    return {
      reload,
      change: (line: LineChange) => change(CART_UPDATE, { cartId: cart!.id, lines: [line] }),
      remove: (lineId: string) => change(CART_REMOVE, { cartId: cart!.id, lineIds: [lineId] }),
      add: async (variantId: string, quantity: number) => {
        const open = await openCart(client);
        setCart(open);
        return change(CART_ADD, { cartId: open.id, lines: [{ variantId, quantity }] });
      },
    };
  }, [client, cart?.id]);

  useEffect(() => void keeper.reload().catch(() => {}), [client, me?.id]);

  const count = cart?.lines.reduce((total, { quantity }) => total + quantity, 0) ?? 0;
  return <CartContext.Provider value={{ cart, count, ...keeper }}>{children}</CartContext.Provider>;
}

/** The open cart of whoever this is. A member takes over what they gathered as a visitor. */
async function current(client: Client): Promise<Cart | null> {
  const known = recall(VISITORS_CART);
  const isMember = client.session.accessToken !== null;
  if (isMember && known) {
    remember(VISITORS_CART, null);
    await client.request(CART_ATTACH, { input: { cartId: known } });
  }
  if (!isMember && !known) return null;
  const { cart } = await client.request<{ cart: Cart | null }>(CART, { id: isMember ? null : known });
  return cart?.orderId ? null : cart;
}

async function openCart(client: Client): Promise<Cart> {
  const open = await current(client);
  if (open) return open;
  const { told } = await client.request<CartAnswer>(CART_CREATE, { input: {} });
  if (!client.session.accessToken) remember(VISITORS_CART, told.cart!.id);
  return told.cart!;
}

interface CartAnswer {
  told: { cart: Cart | null; userErrors: UserError[] };
}
