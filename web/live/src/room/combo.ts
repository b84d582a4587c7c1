import type { Reward } from "../api/types.ts";

export const BANNERS_MOST = 3;
export const COMBO_MS = 3_000;

/** Rewards of one gift by one viewer in quick succession, drawn as one. */
export interface Banner {
  key: string;
  name: string;
  gift: Reward["gift"];
  count: number;
  times: number;
  until: number;
}

export function rewarded(banners: readonly Banner[], reward: Reward, now: number): readonly Banner[] {
  const current = standing(banners, now);
  const combo = current.find((banner) => banner.name === reward.senderName && banner.gift.id === reward.gift.id);
  if (combo) return current.map((banner) => (banner === combo ? prolonged(combo, reward, now) : banner));
  const { id: key, senderName: name, gift, count } = reward;
  return [...current, { key, name, gift, count, times: 1, until: now + COMBO_MS }].slice(-BANNERS_MOST);
}

export function standing(banners: readonly Banner[], now: number): readonly Banner[] {
  return banners.filter((banner) => banner.until > now);
}

function prolonged(banner: Banner, reward: Reward, now: number): Banner {
  return { ...banner, count: banner.count + reward.count, times: banner.times + 1, until: now + COMBO_MS };
}
