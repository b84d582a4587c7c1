import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { CODE_REQUEST, LOGIN } from "../api/documents.ts";
import type { Tokens, UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Notice, Sheet } from "../parts/sheet.tsx";
import { failureText, refusalText } from "../refusals.ts";

interface Props {
  client: Client;
  onLogin(): void;
  onClose(): void;
}

const CODE_WAIT_S = 60;

export function LoginSheet({ client, onLogin, onClose }: Props) {
  const words = useWords();
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [nickname, setNickname] = useState("");
  const [notice, setNotice] = useState("");
  const [waitS, setWaitS] = useCountdown();

  const attempt = async (action: () => Promise<UserError[]>) => {
    setNotice("");
    try {
      const [refusal] = await action();
      if (refusal) setNotice(refusalText(refusal, words));
    } catch (error) {
      setNotice(failureText(error, words));
    }
  };

  const requestCode = () =>
    attempt(async () => {
      const { phoneCodeRequest } = await client.request<CodeAnswer>(CODE_REQUEST, { input: { phone } });
      if (phoneCodeRequest.sent) {
        setWaitS(phoneCodeRequest.retryAfterSeconds ?? CODE_WAIT_S);
        setNotice(words.codeSent);
      }
      return phoneCodeRequest.userErrors;
    });

  const login = () =>
    attempt(async () => {
      const { shareCode } = client.session;
      const input = { phone, code, nickname: nickname.trim() || null, shareCode };
      const { memberLoginByPhone } = await client.request<LoginAnswer>(LOGIN, { input });
      if (memberLoginByPhone.tokens) {
        client.session.begin(memberLoginByPhone.tokens);
        onLogin();
      }
      return memberLoginByPhone.userErrors;
    });

  return (
    <Sheet title={words.login} onClose={onClose}>
      <form
        class="form"
        onSubmit={(submit) => {
          submit.preventDefault();
          void login();
        }}
      >
        <p class="muted">{words.loginNote}</p>
        <Field label={words.phone} value={phone} onValue={setPhone} inputMode="tel" autocomplete="tel" maxLength={20} />
        <div class="field-row">
          <Field label={words.code} value={code} onValue={setCode} inputMode="numeric" autocomplete="one-time-code" maxLength={8} />
          <button type="button" class="quiet" disabled={phone.length < 6 || waitS > 0} onClick={requestCode}>
            {waitS > 0 ? words.codeAgain(waitS) : words.codeGet}
          </button>
        </div>
        <Field label={words.nickname} value={nickname} onValue={setNickname} inputMode="text" autocomplete="nickname" maxLength={20} />
        <Notice text={notice} />
        <button class="primary" disabled={!phone || !code}>
          {words.loginGo}
        </button>
      </form>
    </Sheet>
  );
}

interface CodeAnswer {
  phoneCodeRequest: { sent: boolean; retryAfterSeconds: number | null; userErrors: UserError[] };
}

interface LoginAnswer {
  memberLoginByPhone: { tokens: Tokens | null; userErrors: UserError[] };
}

interface FieldProps {
  label: string;
  value: string;
  onValue(value: string): void;
  maxLength: number;
  autocomplete: "tel" | "one-time-code" | "nickname";
  inputMode: "tel" | "numeric" | "text";
}

function Field({ label, onValue, ...input }: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input {...input} onInput={(change) => onValue(change.currentTarget.value)} />
    </label>
  );
}

function useCountdown(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const tick = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(tick);
  }, [left]);
  return [left, setLeft];
}
