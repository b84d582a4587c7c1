import { useEffect, useState } from "preact/hooks";
import type { Client } from "../api/client.ts";
import { ADDRESSES, ADDRESS_SAVE, PRIZE_CLAIM } from "../api/documents.ts";
import type { Address, DrawWin } from "../api/play-types.ts";
import type { UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useAttempt } from "../parts/attempt.ts";
import { Notice } from "../parts/sheet.tsx";
import { refusalText } from "../refusals.ts";

interface Props {
  drawId: string;
  client: Client;
  onClaimed(win: DrawWin): void;
}

const EMPTY = { name: "", phone: "", province: "", city: "", district: "", line: "" };

/** Where the prize is sent: an address that the shop knows, or a new one. */
export function Claim({ drawId, client, onClaimed }: Props) {
  const words = useWords();
  const [known, setKnown] = useState<Address | null>(null);
  const [draft, setDraft] = useState(EMPTY);
  const { busy, notice, run } = useAttempt();

  useEffect(() => {
    void run(async () => {
      const { me } = await client.request<{ me: { addresses: Address[] } | null }>(ADDRESSES);
      setKnown(me?.addresses.find(({ isDefault }) => isDefault) ?? me?.addresses[0] ?? null);
      return "";
    });
  }, []);

  const claim = () =>
    run(async () => {
      const address = known ?? (await saved(client, draft));
      if (!("phone" in address)) return refusalText(address, words);
      setKnown(address);
      const input = { drawId, addressId: address.id };
      const { drawPrizeClaim: told } = await client.request<ClaimAnswer>(PRIZE_CLAIM, { input });
      if (told.win) onClaimed(told.win);
      return told.userErrors[0] ? refusalText(told.userErrors[0], words) : "";
    });

  return (
    <form
      class="form claim"
      onSubmit={(submit) => {
        submit.preventDefault();
        void claim();
      }}
    >
      {known ? <Known address={known} onOther={() => setKnown(null)} /> : <Fields draft={draft} onDraft={setDraft} />}
      <Notice text={notice} />
      <button class="primary" disabled={busy || (!known && Object.values(draft).some((text) => !text.trim()))}>
        {words.claim}
      </button>
    </form>
  );
}

function Known({ address, onOther }: { address: Address; onOther(): void }) {
  const words = useWords();
  return (
    <div class="row">
      <span>
        {address.name} {address.phone}
        <small class="muted">{[address.province, address.city, address.district, address.line].join(" ")}</small>
      </span>
      <button type="button" class="quiet" onClick={onOther}>
        {words.addressOther}
      </button>
    </div>
  );
}

function Fields({ draft, onDraft }: { draft: typeof EMPTY; onDraft(draft: typeof EMPTY): void }) {
  const words = useWords();
  const field = (name: keyof typeof EMPTY, label: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        value={draft[name]}
        maxLength={name === "line" ? 100 : 32}
        onInput={(change) => onDraft({ ...draft, [name]: change.currentTarget.value })}
      />
    </label>
  );
  return (
    <>
      <div class="field-row">
        {field("name", words.addressName)}
        {field("phone", words.phone)}
      </div>
      <div class="field-row">
        {field("province", words.addressProvince)}
        {field("city", words.addressCity)}
        {field("district", words.addressDistrict)}
      </div>
      {field("line", words.addressLine)}
    </>
  );
}

async function saved(client: Client, draft: typeof EMPTY): Promise<Address | UserError> {
  const input = { ...draft, isDefault: true };
  const { addressSave } = await client.request<{ addressSave: { address: Address | null; userErrors: UserError[] } }>(
    ADDRESS_SAVE,
    { input },
  );
  return addressSave.address ?? addressSave.userErrors[0]!;
}

interface ClaimAnswer {
  drawPrizeClaim: { win: DrawWin | null; userErrors: UserError[] };
}
