import { useEffect, useRef, useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";

/** How soon a subscription that the shop ended is begun again. */
const AGAIN_MS = 5_000;

/**
 * Hear of something as it happens, while the page is open. Each of these subscriptions begins with how things stand, so that
 * nothing is missed by coming back. `key` says of what; another one begins anew.
 */
export function useFollowing<T>(document: string, variables: Record<string, unknown>, key: string, hear: (data: T) => void): void {
  const client = useClient();
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    let leave = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      leave = client.pond.subscribe<T>({
        query: document,
        variables: () => variables,
        next: (data) => latest.current(data),
        error: ({ code }) => {
          if (code !== "NOT_FOUND") timer = setTimeout(begin, AGAIN_MS);
        },
      });
    };
    begin();
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [client, document, key]);
}

/** Whether the network is away, or the socket that tells what happens. */
export function useIsCutOff(): boolean {
  const { socket } = useClient().pond;
  const cutOff = () => !navigator.onLine || socket.state === "waiting";
  const [isCutOff, setIsCutOff] = useState(cutOff);
  useEffect(() => {
    const look = () => setIsCutOff(cutOff());
    const leave = socket.watch(look);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      leave();
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, [socket]);
  return isCutOff;
}
