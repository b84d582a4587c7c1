import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { CALL, CALL_CLICK } from "../api/documents.ts";
import type { LiveCall, LiveCallCard } from "../api/play-types.ts";
import { useWords } from "../locale.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Sheet } from "../parts/sheet.tsx";

/** A card that leads elsewhere (引流), above the pinned product. */
export function CallCard({ call, onOpen }: { call: LiveCallCard; onOpen(): void }) {
  const words = useWords();
  return (
    <button class="call" onClick={onOpen}>
      <span>
        <strong>{call.title}</strong>
        <em>{words.callKind[call.kind]}</em>
      </span>
    </button>
  );
}

interface Props {
  call: LiveCallCard;
  roomId: string;
  client: Client;
  onClose(): void;
}

/** Where the card leads this viewer: asked for when it is opened, which counts as a click of a member's. */
export function CallSheet({ call, roomId, client, onClose }: Props) {
  const words = useWords();
  const [target, setTarget] = useState<LiveCall | null>(null);
  const qr = target?.qrUrl;

  useEffect(() => {
    const asked = client.request<{ liveRoom: { callToAction: LiveCall | null } | null }>(CALL, { roomId });
    asked.then(({ liveRoom }) => setTarget(liveRoom?.callToAction ?? null)).catch(() => {});
    if (client.session.accessToken)
      client.request(CALL_CLICK, { input: { callToActionId: call.id, step: "CLICKED" } }).catch(() => {});
  }, [call.id]);

  return (
    <Sheet title={call.title} onClose={onClose}>
      <div class="call-target">
        {target?.guide && (
          <p class="call-guide">
            <Avatar name={target.guide.name} url={target.guide.avatarUrl} />
            {target.guide.name}
          </p>
        )}
        {qr && <img class="qr" src={qr} alt={words.callScan} />}
        {qr && <p class="muted">{words.callScan}</p>}
        {target?.kind === "LINK" && target.linkUrl?.startsWith("https://") && (
          <a class="primary" href={target.linkUrl} target="_blank" rel="noopener noreferrer">
            {words.callOpen}
          </a>
        )}
        {target && target.kind !== "LINK" && !qr && <p class="muted">{words.callNone}</p>}
      </div>
    </Sheet>
  );
}
