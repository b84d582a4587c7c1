import { useEffect, useMemo, useState } from "preact/hooks";
import { readAddress } from "../address.ts";
import { connect } from "../api/connect.ts";
import { ClientContext } from "../api/use-client.ts";
import { WordsContext as SharedWordsContext } from "../locale.ts";
import { LoginGate } from "../member/gate.tsx";
import { addressOf, type View, viewOf } from "./address.ts";
import { CommissionPage } from "./commission/page.tsx";
import { StatementPage } from "./commission/statement.tsx";
import { Frame } from "./frame.tsx";
import { GuideGate } from "./gate.tsx";
import { guideWords, WordsContext } from "./locale.ts";
import { MembersPage } from "./members/page.tsx";
import { type Go, GoContext } from "./navigation.tsx";
import { LivePage } from "./onair/page.tsx";
import { SharePage } from "./sharing/page.tsx";
import { TodayPage } from "./today/page.tsx";
import { WithdrawPage } from "./withdraw/page.tsx";

export function App() {
  const words = useMemo(() => guideWords(location.search, navigator.language), []);
  const client = useMemo(() => connect({ ...readAddress(), shareCode: null }, words.lang), []);
  const [view, setView] = useState(() => viewOf(location.search));

  useEffect(() => {
    document.documentElement.lang = words.lang;
    document.title = words.guide;
    const onPop = () => setView(viewOf(location.search));
    addEventListener("popstate", onPop);
    return () => removeEventListener("popstate", onPop);
  }, []);

  const go: Go = (to) => {
    history.pushState(null, "", addressOf(to));
    setView(to);
    scrollTo(0, 0);
  };

  return (
    <WordsContext.Provider value={words}>
      <SharedWordsContext.Provider value={words}>
        <ClientContext.Provider value={client}>
          <GoContext.Provider value={go}>
            <LoginGate client={client}>
              <Frame view={view}>
                <GuideGate>
                  <Page key={addressOf(view)} view={view} />
                </GuideGate>
              </Frame>
            </LoginGate>
          </GoContext.Provider>
        </ClientContext.Provider>
      </SharedWordsContext.Provider>
    </WordsContext.Provider>
  );
}

function Page({ view }: { view: View }) {
  switch (view.at) {
    case "today":
      return <TodayPage />;
    case "members":
      return <MembersPage />;
    case "share":
      return <SharePage kind={view.kind} />;
    case "commission":
      return <CommissionPage />;
    case "statement":
      return <StatementPage month={view.month} />;
    case "withdraw":
      return <WithdrawPage />;
    case "live":
      return <LivePage />;
  }
}
