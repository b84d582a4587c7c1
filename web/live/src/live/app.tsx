import { useEffect, useMemo, useState } from "preact/hooks";
import { readAddress, roomAddress } from "../address.ts";
import { connect } from "../api/connect.ts";
import { chosenWords, WordsContext } from "../locale.ts";
import { LoginGate } from "../member/gate.tsx";
import { tellOfShare } from "../member/share.ts";
import { Room } from "../room/room.tsx";
import { RoomList } from "../rooms/list.tsx";

export function App() {
  const [address] = useState(readAddress);
  const [current, setCurrent] = useState(address.roomId);
  const words = useMemo(() => chosenWords(location.search, navigator.language), []);
  const client = useMemo(() => connect(address, words.lang), []);

  useEffect(() => {
    document.documentElement.lang = words.lang;
    document.title = words.rooms;
    tellOfShare(client);
    const onPop = () => setCurrent(readAddress().roomId);
    addEventListener("popstate", onPop);
    return () => removeEventListener("popstate", onPop);
  }, []);

  const go = (to: string | null) => {
    history.pushState(null, "", roomAddress(to));
    setCurrent(to);
  };

  return (
    <WordsContext.Provider value={words}>
      <LoginGate client={client}>
        {current ? (
          <Room key={current} roomId={current} client={client} onLeave={() => go(null)} />
        ) : (
          <RoomList client={client} onEnter={go} />
        )}
      </LoginGate>
    </WordsContext.Provider>
  );
}
