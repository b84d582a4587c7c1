import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { COMMENT_SEND } from "../api/documents.ts";
import type { BulletComment, BulletMode, UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useMembership } from "../member/gate.tsx";
import { failureText, refusalText } from "../refusals.ts";

const TEXT_MOST = 100;
const MODES: readonly BulletMode[] = ["SCROLL", "TOP", "BOTTOM"];
const COLORS = ["#FFFFFF", "#FFD27A", "#9BE7FF", "#FFB3C7", "#B8F2C8"];

interface Props {
  roomId: string;
  client: Client;
  bagCount: number;
  onSent(comment: BulletComment): void;
  onNotice(text: string): void;
  onBag(): void;
  onGift(): void;
}

export function Bar({ bagCount, onBag, onGift, ...comment }: Props) {
  const words = useWords();
  return (
    <footer class="bar">
      <button class="round bag" aria-label={words.shelf} onClick={onBag}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 8h14l1 12H4z" />
          <path d="M8.5 10V7a3.5 3.5 0 0 1 7 0v3" class="handle" />
        </svg>
        <b>{bagCount}</b>
      </button>
      <CommentForm {...comment} />
      <button class="round gift" aria-label={words.gifts} onClick={onGift}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 8h18v4H3zM5 13h6v8H5zm8 0h6v8h-6zM12 7C8 7 6 6 6.5 4S11 3 12 7c1-4 5-5 5.5-3S16 7 12 7z" />
        </svg>
      </button>
    </footer>
  );
}

type CommentProps = Omit<Props, "bagCount" | "onBag" | "onGift">;

function CommentForm({ roomId, client, onSent, onNotice }: CommentProps) {
  const words = useWords();
  const { asMember } = useMembership();
  const [text, setText] = useState("");
  const [mode, setMode] = useState<BulletMode>("SCROLL");
  const [color, setColor] = useState(COLORS[0]!);
  const [busy, setBusy] = useState(false);

  const send = async () => {
    setBusy(true);
    try {
      const input = { liveRoomId: roomId, text: text.trim(), mode, ...(color !== COLORS[0] && { color }) };
      const { bulletCommentSend: sent } = await client.request<SendAnswer>(COMMENT_SEND, { input });
      if (sent.comment) {
        onSent(sent.comment);
        setText("");
      }
      if (sent.userErrors[0]) onNotice(refusalText(sent.userErrors[0], words));
    } catch (error) {
      onNotice(failureText(error, words));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      class="comment-form"
      onSubmit={(submit) => {
        submit.preventDefault();
        if (text.trim() && !busy) asMember(() => void send());
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
        value={text}
        onInput={(change) => setText(change.currentTarget.value)}
        maxLength={TEXT_MOST}
        placeholder={words.commentHint}
        aria-label={words.commentLabel}
        enterKeyHint="send"
        autocomplete="off"
      />
      <button disabled={!text.trim() || busy}>
        <span>{words.commentSend}</span>
      </button>
    </form>
  );
}

interface SendAnswer {
  bulletCommentSend: { comment: BulletComment | null; userErrors: UserError[] };
}

interface ChoicesProps<T extends string> {
  label: string;
  values: readonly T[];
  chosen: T;
  onChoose(value: T): void;
  children: (value: T) => ComponentChildren;
}

function Choices<T extends string>({ label, values, chosen, onChoose, children }: ChoicesProps<T>) {
  return (
    <span class="choices" role="radiogroup" aria-label={label}>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          role="radio"
          aria-checked={value === chosen}
          aria-label={value}
          onMouseDown={(press) => press.preventDefault()}
          onClick={() => onChoose(value)}
        >
          {children(value)}
        </button>
      ))}
    </span>
  );
}
