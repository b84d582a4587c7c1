import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "../api/client.ts";

export const ClientContext = createContext<Client>(null!);

export function useClient(): Client {
  return useContext(ClientContext);
}
