import { useEffect, useState } from "preact/hooks";
import { AddressFields, EMPTY_ADDRESS, isWhole, KnownAddress, savedAddress } from "../addresses/fields.tsx";
import type { Client } from "../api/client.ts";
import { ADDRESSES, PRIZE_CLAIM } from "../api/documents.ts";
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

/** Where the prize is sent: an address that the shop knows, or a new one. */
export function Claim({ drawId, client, onClaimed }: Props) {
  const words = useWords();
  const [known, setKnown] = useState<Address | null>(null);
  const [draft, setDraft] = useState(EMPTY_ADDRESS);
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
      const address = known ?? (await savedAddress(client, draft));
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
      {known ? <KnownAddress address={known} onOther={() => setKnown(null)} /> : <AddressFields draft={draft} onDraft={setDraft} />}
      <Notice text={notice} />
      <button class="primary" disabled={busy || (!known && !isWhole(draft))}>
        {words.claim}
      </button>
    </form>
  );
}

interface ClaimAnswer {
  drawPrizeClaim: { win: DrawWin | null; userErrors: UserError[] };
}
