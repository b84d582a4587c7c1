import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { languageAddress } from "../address.ts";
import { useMembership } from "../member/gate.tsx";
import { addressOf, HOME, type View } from "./address.ts";
import { useCart } from "./cart/cart.tsx";
import { useWords } from "./locale.ts";
import { Link, useGo } from "./navigation.tsx";

/** What stands around every view: the name of the shop, and the ways to cart and orders. */
export function Frame({ view, children }: { view: View; children: ComponentChildren }) {
  const words = useWords();
  const { me, asMember } = useMembership();
  const { count } = useCart();
  const go = useGo();
  const main = useFocusAtChange(addressOf(view));
  const back = () => (history.length > 1 ? history.back() : go(HOME));
  return (
    <>
      <header class="shop-header">
        <nav aria-label={words.shop}>
          {view.at !== "home" && (
            <button class="icon-button back" aria-label={words.back} onClick={back}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M15 5l-7 7 7 7" />
              </svg>
            </button>
          )}
          <Link to={HOME} class="shop-name">
            {words.shop}
          </Link>
          <a class="wide-only" href="../live/">
            {words.rooms}
          </a>
          <a class="language" href={languageAddress(words.lang === "en" ? "zh" : "en")}>
            {words.language}
          </a>
          {me ? (
            <Link to={{ at: "orders" }}>{words.orders}</Link>
          ) : (
            <button onClick={() => asMember(() => {})}>{words.loginShort}</button>
          )}
          <Link to={{ at: "cart" }} class="cart-link" label={words.cartOf(count)}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M3 4h2l2.4 11.2a1 1 0 0 0 1 .8h8.7a1 1 0 0 0 1-.8L20 8H6.2" />
              <circle cx="9.5" cy="20" r="1.4" />
              <circle cx="16.5" cy="20" r="1.4" />
            </svg>
            {count > 0 && <b>{count > 99 ? "99+" : count}</b>}
          </Link>
        </nav>
      </header>
      <main ref={main} tabIndex={-1} class={`view ${view.at}`}>
        {children}
      </main>
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
