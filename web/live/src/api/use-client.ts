import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "./client.ts";

export const ClientContext = createContext<Client>(null!);

export function useClient(): Client {
  return useContext(ClientContext);
}
