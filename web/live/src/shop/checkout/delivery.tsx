import { useState } from "preact/hooks";
import { AddressFields, addressText, EMPTY_ADDRESS, isWhole, savedAddress } from "../../addresses/fields.tsx";
import { useClient } from "../../api/use-client.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { useLoad } from "../../parts/load.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { refusalText } from "../../refusals.ts";
import { PICK_UP_STORES } from "../api/documents.ts";
import type { PickUpStore } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Shown } from "../parts/load.tsx";
import type { Checkout, Purse } from "./use-checkout.ts";

/** To an address, or kept by a store. */
export function DeliveryChoice({ checkout, purse }: { checkout: Checkout; purse: Purse }) {
  const words = useWords();
  const { delivery, deliver } = checkout;
  const isSent = "addressId" in delivery;
  return (
    <fieldset class="panel delivery">
      <legend>{words.delivery}</legend>
      <div class="tabs">
        <label>
          <input type="radio" name="delivery" checked={isSent} onChange={() => deliver({ addressId: purse.addresses[0]?.id ?? null })} />
          {words.ship}
        </label>
        <label>
          <input type="radio" name="delivery" checked={!isSent} onChange={() => deliver({ pickUpStoreId: null })} />
          {words.pickUp}
        </label>
      </div>
      {isSent ? <Addresses checkout={checkout} purse={purse} chosen={delivery.addressId} /> : <Stores checkout={checkout} chosen={delivery.pickUpStoreId} />}
    </fieldset>
  );
}

interface AddressesProps {
  checkout: Checkout;
  purse: Purse;
  chosen: string | null;
}

function Addresses({ checkout: { deliver, purse: loaded }, purse: { addresses }, chosen }: AddressesProps) {
  const words = useWords();
  const client = useClient();
  const [draft, setDraft] = useState<typeof EMPTY_ADDRESS | null>(addresses.length ? null : EMPTY_ADDRESS);
  const { busy, notice, run } = useAttempt();
  const save = () =>
    run(async () => {
      const saved = await savedAddress(client, draft!);
      if (!("phone" in saved)) return refusalText(saved, words);
      deliver({ addressId: saved.id });
      setDraft(null);
      await loaded.reload();
      return "";
    });
  return (
    <>
      <ul class="places">
        {addresses.map((address) => (
          <li key={address.id}>
            <label class="tick">
              <input type="radio" name="address" checked={address.id === chosen} onChange={() => deliver({ addressId: address.id })} />
              <span>
                <strong>{address.name}</strong> {address.phone}
                <small class="muted">{addressText(address)}</small>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {draft ? (
        <form
          class="form"
          onSubmit={(submit) => {
            submit.preventDefault();
            void save();
          }}
        >
          <AddressFields draft={draft} onDraft={setDraft} />
          {notice && <Notice text={notice} />}
          <button class="quiet" disabled={busy || !isWhole(draft)}>
            {words.addressSave}
          </button>
        </form>
      ) : (
        <button class="text-button" onClick={() => setDraft(EMPTY_ADDRESS)}>
          + {words.addressNone}
        </button>
      )}
    </>
  );
}

function Stores({ checkout: { lines, deliver }, chosen }: { checkout: Checkout; chosen: string | null }) {
  const words = useWords();
  const client = useClient();
  const variantIds = lines.map(({ variantId }) => variantId);
  const stores = useLoad(
    async () => (await client.request<{ pickUpStores: PickUpStore[] }>(PICK_UP_STORES, { variantIds })).pickUpStores,
    [variantIds.join()],
  );
  return (
    <Shown of={stores}>
      {(found) => (
        <ul class="places">
          {found.map(({ hasAll, store }) => (
            <li key={store.id}>
              <label class="tick">
                <input type="radio" name="store" checked={store.id === chosen} disabled={!hasAll} onChange={() => deliver({ pickUpStoreId: store.id })} />
                <span>
                  <strong>{store.name}</strong> {!hasAll && <em class="tag">{words.storeLacks}</em>}
                  <small class="muted">{[store.address, store.openingHours].filter(Boolean).join(" · ")}</small>
                </span>
              </label>
            </li>
          ))}
          {found.length === 0 && <li class="muted">{words.storesNone}</li>}
        </ul>
      )}
    </Shown>
  );
}
