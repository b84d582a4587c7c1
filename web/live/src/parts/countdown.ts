import { useEffect, useState } from "preact/hooks";
import { shopNow } from "../room/clock.ts";

/** The shop's time in ms, told again each second while it is needed. */
export function useShopNow(isNeeded: boolean): number {
  const [, setTicks] = useState(0);
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), 1000);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return shopNow();
}
