// Reading offers anew. One purchase changes the others' totals: what joins an order may cost no shipping of its own.

import type { Client } from "@urql/core";
import { useEffect } from "preact/hooks";
import { OneClickOffersDocument } from "../../generated/shop";

const MAX_IDS = 100;

const shownCounts = new Map<string, number>();

/** Keeps the offer of a variant up to date while its button is shown. */
export function useShownOffer(variantId: string): void {
  useEffect(() => {
    shownCounts.set(variantId, (shownCounts.get(variantId) ?? 0) + 1);
    return () => {
      const count = (shownCounts.get(variantId) ?? 1) - 1;
      if (count > 0) shownCounts.set(variantId, count);
      else shownCounts.delete(variantId);
    };
  }, [variantId]);
}

/** Read the offers of all buttons that are shown; the cache brings them to the lists and pages. */
export async function refreshOffers(client: Client): Promise<void> {
  const ids = [...shownCounts.keys()];
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const variables = { ids: ids.slice(start, start + MAX_IDS) };
    await client.query(OneClickOffersDocument, variables, { requestPolicy: "network-only" });
  }
}
