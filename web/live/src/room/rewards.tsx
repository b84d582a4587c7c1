import { useEffect, useState } from "preact/hooks";
import { GiftIcon } from "../gifts/icon.tsx";
import { useWords } from "../locale.ts";
import { Avatar } from "../parts/avatar.tsx";
import { type Banner, rewarded, standing } from "./combo.ts";
import type { Listen } from "./use-room.ts";

/** Banners of rewards (打赏) that slide in; a combo counts up in place. */
export function Rewards({ listen }: { listen: Listen }) {
  const words = useWords();
  const [banners, setBanners] = useState<readonly Banner[]>([]);

  useEffect(
    () =>
      listen((event) => {
        if (event.kind === "REWARD") setBanners((shown) => rewarded(shown, event.reward, Date.now()));
      }),
    [listen],
  );

  useEffect(() => {
    if (!banners.length) return;
    const next = Math.min(...banners.map((banner) => banner.until)) - Date.now();
    const timer = setTimeout(() => setBanners((shown) => standing(shown, Date.now())), Math.max(0, next) + 20);
    return () => clearTimeout(timer);
  }, [banners]);

  return (
    <ul class="rewards" aria-live="polite">
      {banners.map((banner) => (
        <li key={banner.key} class="reward">
          <Avatar name={banner.name} />
          <span class="reward-text">
            <strong>{banner.name}</strong>
            <span>{words.sent(banner.gift.name)}</span>
          </span>
          <GiftIcon code={banner.gift.code} />
          <b key={banner.times} class="combo">
            ×{banner.count}
          </b>
        </li>
      ))}
    </ul>
  );
}
