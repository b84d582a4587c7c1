import { useEffect, useMemo, useState } from "preact/hooks";
import { readAddress } from "../address.ts";
import { connect } from "../api/connect.ts";
import { ClientContext } from "../api/use-client.ts";
import { WordsContext as SharedWordsContext } from "../locale.ts";
import { LoginGate } from "../member/gate.tsx";
import { tellOfShare } from "../member/share.ts";
import { addressOf, type View, viewOf } from "./address.ts";
import { CartProvider } from "./cart/cart.tsx";
import { CartPage } from "./cart/page.tsx";
import { CheckoutPage } from "./checkout/page.tsx";
import { Frame } from "./frame.tsx";
import { GroupPage } from "./groups/page.tsx";
import { HomePage } from "./home/page.tsx";
import { shopWords, WordsContext } from "./locale.ts";
import { type Go, GoContext } from "./navigation.tsx";
import { OrderList } from "./orders/list.tsx";
import { OrderPage } from "./orders/page.tsx";
import { PostPage } from "./posts/page.tsx";
import { ProductPage } from "./product/page.tsx";

export function App() {
  const words = useMemo(() => shopWords(location.search, navigator.language), []);
  const client = useMemo(() => connect(readAddress(), words.lang), []);
  const [view, setView] = useState(() => viewOf(location.search));

  useEffect(() => {
    document.documentElement.lang = words.lang;
    document.title = words.shop;
    tellOfShare(client);
    const onPop = () => setView(viewOf(location.search));
    addEventListener("popstate", onPop);
    return () => removeEventListener("popstate", onPop);
  }, []);

  const go: Go = (to, { replace } = { replace: false }) => {
    if (replace) history.replaceState(null, "", addressOf(to));
    else history.pushState(null, "", addressOf(to));
    setView(to);
    scrollTo(0, 0);
  };

  return (
    <WordsContext.Provider value={words}>
      <SharedWordsContext.Provider value={words}>
        <ClientContext.Provider value={client}>
          <GoContext.Provider value={go}>
            <LoginGate client={client}>
              <CartProvider>
                <Frame view={view}>
                  <Page key={addressOf(view)} view={view} />
                </Frame>
              </CartProvider>
            </LoginGate>
          </GoContext.Provider>
        </ClientContext.Provider>
      </SharedWordsContext.Provider>
    </WordsContext.Provider>
  );
}

function Page({ view }: { view: View }) {
  switch (view.at) {
    case "home":
      return <HomePage categoryId={view.categoryId} />;
    case "product":
      return <ProductPage slug={view.slug} />;
    case "cart":
      return <CartPage />;
    case "checkout":
      return <CheckoutPage basket={view.basket} />;
    case "orders":
      return <OrderList />;
    case "order":
      return <OrderPage orderId={view.id} isToBePaid={view.isToBePaid} />;
    case "group":
      return <GroupPage groupId={view.id} />;
    case "post":
      return <PostPage id={view.id} />;
  }
}
