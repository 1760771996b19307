// The normalised cache: one copy of each object that has an id, whichever list or page it came with.

import { cacheExchange } from "@urql/exchange-graphcache";
import type { Exchange } from "@urql/core";
import { embeddedTypes, possibleTypes } from "../../generated/cache";

// Objects without an id belong to the object that holds them.
const keys = Object.fromEntries(embeddedTypes.map((name) => [name, () => null]));

/** The cache of one session. */
export function createCache(): Exchange {
  return cacheExchange({ possibleTypes, keys });
}
