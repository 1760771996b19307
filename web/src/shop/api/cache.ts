// The normalised cache: one copy of each object that has an id, whichever list or page it came with.

import { cacheExchange, type UpdateResolver } from "@urql/exchange-graphcache";
import type { Exchange } from "@urql/core";
import { embeddedTypes, possibleTypes } from "../../generated/cache";

// Objects without an id belong to the object that holds them.
const keys = Object.fromEntries(embeddedTypes.map((name) => [name, () => null]));

/** The cart in a mutation's answer is what `Query.cart` finds by its id: it need not be asked for again. */
function linkCart(mutation: string): UpdateResolver {
  return (result, _, cache) => {
    const payload = result[mutation] as { readonly cart: { readonly id: string } | null } | null;
    const id = payload?.cart?.id;
    if (id !== undefined) cache.link("Query", "cart", { id }, { __typename: "Cart", id });
  };
}

/** The cache of one session. */
export function createCache(): Exchange {
  return cacheExchange({
    possibleTypes,
    keys,
    updates: { Mutation: { cartCreate: linkCart("cartCreate"), cartClaim: linkCart("cartClaim") } },
  });
}
