import { useClient } from "../../api/use-client.ts";
import { useLoad } from "../../parts/load.tsx";
import { VARIANTS } from "../api/documents.ts";
import type { VariantCard } from "../api/types.ts";

export type VariantCards = Record<string, VariantCard | undefined>;

/** What variants are called, by their ids: a quote names them by nothing else. */
export function useVariants(ids: readonly string[]): VariantCards {
  const client = useClient();
  const wanted = [...new Set(ids)].sort();
  const { value } = useLoad(async () => {
    if (!wanted.length) return {};
    const { nodes } = await client.request<{ nodes: (VariantCard | null)[] }>(VARIANTS, { ids: wanted });
    return Object.fromEntries(nodes.flatMap((card) => (card ? [[card.id, card]] : []))) as VariantCards;
  }, [wanted.join()]);
  return value ?? {};
}
