// What the gateway keeps of whoever is here.

import { useQuery } from "@urql/preact";
import { AccountDocument, type AccountHolderFragment, type SavedAddressFragment } from "../../generated/shop";
import { describeError } from "../api/errors";

export type AccountHolder = AccountHolderFragment;

/** Who is signed in, as far as it is loaded. */
export interface Account {
  /** Null where nobody is signed in, and until that is known. */
  readonly holder: AccountHolder | null;
  /** The payment provider's name; null until it is known. */
  readonly providerName: string | null;
  readonly loading: boolean;
  readonly failureMessage: string | null;
  /** Read it anew. */
  readonly refresh: () => void;
}

/** The account on this page. */
export function useAccount(): Account {
  const [{ data, fetching, error }, execute] = useQuery({ query: AccountDocument });
  return {
    holder: data?.viewer.purchaser ?? null,
    providerName: data?.paymentProvider.name ?? null,
    loading: data === undefined && fetching,
    failureMessage: data === undefined && error !== undefined ? describeError(error) : null,
    refresh: () => { execute({ requestPolicy: "network-only" }); },
  };
}

/** An address in one line. */
export function addressLine({ name, lines, city, postalCode }: SavedAddressFragment): string {
  return [name, ...lines, [postalCode, city].filter((part) => part !== null).join(" ")]
    .filter((part) => part !== "")
    .join(", ");
}

