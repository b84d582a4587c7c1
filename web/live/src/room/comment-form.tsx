import { useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { COMMENT_SEND } from "../api/documents.ts";
import type { BulletComment, BulletMode, UserError } from "../api/types.ts";
import type { Said } from "../draws/enter.ts";
import { useWords, type Words } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { Choices } from "../parts/choices.tsx";
import { useShopNow } from "../parts/countdown.ts";
import { failureText, refusalText } from "../refusals.ts";
import { shopNow } from "./clock.ts";
import { clockText, secondsUntil, type Silence, silenceOf } from "./silence.ts";
import type { RoomState } from "./state.ts";
import type { OwnView } from "./use-own.ts";

const TEXT_MOST = 100;
const MODES: readonly BulletMode[] = ["SCROLL", "TOP", "BOTTOM"];
const COLORS = ["#FFFFFF", "#FFD27A", "#9BE7FF", "#FFB3C7", "#B8F2C8"];

interface Props {
  room: RoomState;
  mine: OwnView;
  client: Client;
  onSent(comment: BulletComment, waits: boolean): void;
  onNotice(text: string): void;
}

/** The field for a bullet comment (弹幕); while the viewer may not speak, it says why and how long. */
export function CommentForm({ room, mine, client, onSent, onNotice }: Props) {
  const words = useWords();
  const { asMember } = useMembership();
  const [text, setText] = useState("");
  const [mode, setMode] = useState<BulletMode>("SCROLL");
  const [color, setColor] = useState(COLORS[0]!);
  const [busy, setBusy] = useState(false);
  const { silence, now, said, wait } = useSilence(room, mine);
  const isShut = silence.why !== "none" && silence.why !== "slow";

  const send = async () => {
    setBusy(true);
    try {
      const input = { liveRoomId: room.id, text: text.trim(), mode, ...(color !== COLORS[0] && { color }) };
      const { bulletCommentSend: told } = await client.request<{ bulletCommentSend: Said }>(COMMENT_SEND, { input });
      const [refusal] = told.userErrors;
      if (told.comment) {
        onSent(told.comment, told.waiting);
        setText("");
        said();
      }
      if (refusal) refused(refusal);
    } catch (error) {
      onNotice(failureText(error, words));
    } finally {
      setBusy(false);
    }
  };

  const refused = (refusal: UserError) => {
    if (refusal.mutedUntil) mine.note({ mutedUntil: refusal.mutedUntil });
    else if (refusal.retryAfterSeconds && room.rules.slowModeSeconds) wait(refusal.retryAfterSeconds);
    onNotice(refusalText(refusal, words));
  };

  return (
    <form
      class={isShut ? "comment-form shut" : "comment-form"}
      data-silence={silence.why}
      onSubmit={(submit) => {
        submit.preventDefault();
        if (text.trim() && !busy && silence.why === "none") asMember(() => void send());
      }}
    >
      <div class="comment-style">
        <Choices<BulletMode> label={words.modeLabel} values={MODES} chosen={mode} onChoose={(value) => setMode(value)}>
          {(value) => words.mode[value]}
        </Choices>
        <Choices label={words.colorLabel} values={COLORS} chosen={color} onChoose={setColor}>
          {(value) => <i class="dot" style={{ background: value }} />}
        </Choices>
      </div>
      <input
        value={isShut ? "" : text}
        onInput={(change) => setText(change.currentTarget.value)}
        maxLength={TEXT_MOST}
        disabled={isShut}
        placeholder={hint(silence, now, room.rules.reviewed && !mine.own.mayModerate, words)}
        aria-label={words.commentLabel}
        enterKeyHint="send"
        autocomplete="off"
      />
      <button disabled={!text.trim() || busy || silence.why !== "none"}>
        <span>{silence.why === "slow" ? words.seconds(secondsUntil(silence.untilMs, now)) : words.commentSend}</span>
      </button>
    </form>
  );
}

function useSilence(room: RoomState, { own, memberId }: OwnView) {
  const [saidAtMs, setSaidAtMs] = useState(-Infinity);
  const [waitsUntilMs, setWaitsUntilMs] = useState(-Infinity);
  const slowMs = room.rules.slowModeSeconds * 1000;
  const nextAtMs = slowMs ? Math.max(saidAtMs + slowMs, waitsUntilMs) : -Infinity;
  const isCounting = (silence: Silence) => silence.why === "own" || silence.why === "slow";
  const now = useShopNow(isCounting(silenceOf(room, own, memberId, nextAtMs, shopNow())));
  const silence = silenceOf(room, own, memberId, nextAtMs, now);
  const wait = (seconds: number) => setWaitsUntilMs(shopNow() + seconds * 1000);
  return { silence, now, said: () => setSaidAtMs(shopNow()), wait };
}

function hint(silence: Silence, now: number, isReviewed: boolean, words: Words): string {
  switch (silence.why) {
    case "over":
      return words.over;
    case "room":
      return words.mutedRoom;
    case "own":
      return words.mutedOwn(clockText(secondsUntil(silence.untilMs, now)));
    case "slow":
      return words.slow(secondsUntil(silence.untilMs, now));
    case "none":
      return isReviewed ? words.reviewedHint : words.commentHint;
  }
}
