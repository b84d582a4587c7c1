import type { Client } from "../api/client.ts";
import { ADDRESS_SAVE } from "../api/documents.ts";
import type { Address } from "../api/play-types.ts";
import type { UserError } from "../api/types.ts";
import { useWords } from "../locale.ts";

export const EMPTY_ADDRESS = { name: "", phone: "", province: "", city: "", district: "", line: "" };
export type AddressDraft = typeof EMPTY_ADDRESS;

export function isWhole(draft: AddressDraft): boolean {
  return Object.values(draft).every((text) => text.trim());
}

export function addressText({ province, city, district, line }: Omit<AddressDraft, "name" | "phone">): string {
  return [province, city, district, line].join(" ");
}

/** One that the shop knows, and a way to another. */
export function KnownAddress({ address, onOther }: { address: Address; onOther(): void }) {
  const words = useWords();
  return (
    <div class="row">
      <span>
        {address.name} {address.phone}
        <small class="muted">{addressText(address)}</small>
      </span>
      <button type="button" class="quiet" onClick={onOther}>
        {words.addressOther}
      </button>
    </div>
  );
}

export function AddressFields({ draft, onDraft }: { draft: AddressDraft; onDraft(draft: AddressDraft): void }) {
  const words = useWords();
  const field = (name: keyof AddressDraft, label: string) => (
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

/** The address as the shop keeps it from now on, or why it does not. */
export async function savedAddress(client: Client, draft: AddressDraft): Promise<Address | UserError> {
  const input = { ...draft, isDefault: true };
  const { addressSave } = await client.request<{ addressSave: { address: Address | null; userErrors: UserError[] } }>(
    ADDRESS_SAVE,
    { input },
  );
  return addressSave.address ?? addressSave.userErrors[0]!;
}
