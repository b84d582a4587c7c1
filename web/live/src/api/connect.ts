import type { Address } from "../address.ts";
import { Client } from "./client.ts";
import { Session } from "./session.ts";

/** The shop as whoever opened this address reaches it. */
export function connect({ token, shareCode }: Address, lang: string): Client {
  const session = new Session(shareCode);
  if (token) session.begin({ accessToken: token, refreshToken: "" });
  return new Client(session, lang);
}
