import { useClient } from "../../api/use-client.ts";
import { Shown, useEvery, useLoad } from "../../parts/load.tsx";
import { OWN_ROOMS } from "../api/documents.ts";
import type { OwnRoom } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { OnAir } from "./room.tsx";
import { Start } from "./start.tsx";

const REFRESH_MS = 5_000;

interface Rooms {
  onAir: { nodes: OwnRoom[] };
  last: { nodes: OwnRoom[] };
}

/** Go live with one tap; while one is on air, how it goes, and its end. */
export function LivePage() {
  const words = useWords();
  const client = useClient();
  const guide = useGuide();
  const rooms = useLoad(() => client.request<Rooms>(OWN_ROOMS, { guideId: guide.id }), [guide.id]);
  useEvery(REFRESH_MS, !!rooms.value?.onAir.nodes.length, () => void rooms.reload());
  return (
    <>
      <h1>{words.tabs.live}</h1>
      <Shown of={rooms} gone={words.gone}>
        {({ onAir, last }) =>
          onAir.nodes[0] ? (
            <OnAir room={onAir.nodes[0]} onChange={rooms.reload} />
          ) : (
            <Start last={last.nodes[0] ?? null} onStarted={rooms.reload} />
          )
        }
      </Shown>
    </>
  );
}
