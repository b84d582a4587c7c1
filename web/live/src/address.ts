export interface Address {
  roomId: string | null;
  token: string | null;
  shareCode: string | null;
}

/** What the address asks for. The token leaves the bar at once, so that a shared link does not carry it. */
export function readAddress(): Address {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  const search = new URLSearchParams(location.search);
  return { roomId: search.get("room"), token, shareCode: search.get("share") };
}

export function roomAddress(roomId: string | null): string {
  const search = new URLSearchParams(location.search);
  if (roomId) search.set("room", roomId);
  else search.delete("room");
  return `${location.pathname}?${search}`;
}

export function languageAddress(lang: string): string {
  const search = new URLSearchParams(location.search);
  search.set("lang", lang);
  return `${location.pathname}?${search}`;
}
