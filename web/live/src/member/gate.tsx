import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { ME } from "../api/documents.ts";
import type { Me } from "../api/types.ts";
import { LoginSheet } from "./login.tsx";

interface Membership {
  me: Me | null;
  /** Run now for a member; for a visitor after login, if they do log in. */
  asMember(action: () => void): void;
  setCoins(balance: number): void;
}

const MembershipContext = createContext<Membership | null>(null);

export function useMembership(): Membership {
  return useContext(MembershipContext)!;
}

/** Knows who is watching, and asks visitors to log in when they want to take part. */
export function LoginGate({ client, children }: { client: Client; children: ComponentChildren }) {
  const [me, setMe] = useState<Me | null>(null);
  const [asking, setAsking] = useState(false);
  const next = useRef<(() => void) | null>(null);

  useEffect(() => {
    const load = async () => {
      if (!client.session.accessToken) return setMe(null);
      const answer = await client.request<{ me: Me | null }>(ME).catch(() => null);
      if (answer) setMe(answer.me);
    };
    const again = () => void load();
    again();
    const unlisten = client.session.onChange(again);
    addEventListener("online", again);
    return () => {
      unlisten();
      removeEventListener("online", again);
    };
  }, [client]);

  const membership: Membership = {
    me,
    asMember: (action) => {
      if (client.session.accessToken) return action();
      next.current = action;
      setAsking(true);
    },
    setCoins: (coinBalance) => setMe((known) => known && { ...known, coinBalance }),
  };

  const onLogin = () => {
    setAsking(false);
    next.current?.();
    next.current = null;
  };

  return (
    <MembershipContext.Provider value={membership}>
      {children}
      {asking && <LoginSheet client={client} onLogin={onLogin} onClose={() => setAsking(false)} />}
    </MembershipContext.Provider>
  );
}
