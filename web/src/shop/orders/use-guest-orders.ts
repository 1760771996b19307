// The orders that a guest placed on this device, as the gateway shows them.

import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { GuestOrdersDocument, type GuestOrdersQuery, type OrderSummaryFragment } from "../../generated/shop";
import { describeError } from "../api/errors";
import { forgetAllOrderIds, forgetOrderIds, readOrderIds } from "./kept-orders";

/** The orders, and the way to forget them. */
export interface GuestOrders {
  readonly orders: readonly OrderSummaryFragment[];
  readonly loading: boolean;
  /** Why they could not be read, if they could not. */
  readonly failureMessage: string | null;
  readonly retry: () => void;
  readonly forget: () => void;
}

function isOrder(node: GuestOrdersQuery["nodes"][number]): node is OrderSummaryFragment & { readonly __typename: "Order" } {
  return node?.__typename === "Order";
}

/** What a guest ordered here. */
export function useGuestOrders(): GuestOrders {
  const [ids, setIds] = useState(readOrderIds);
  const pause = ids.length === 0;
  const [{ data, fetching, error }, execute] = useQuery({
    query: GuestOrdersDocument,
    variables: { ids },
    pause,
    requestPolicy: "cache-and-network",
  });
  const orders = pause ? [] : (data?.nodes ?? []).filter(isOrder);
  // What the gateway does not show any more is not asked for again.
  const missingIds = pause || data === undefined || fetching ? [] : ids.filter((_, index) => data.nodes[index] === null);
  const missing = missingIds.join(" ");
  useEffect(() => {
    if (missing !== "") forgetOrderIds(missing.split(" "));
  }, [missing]);
  return {
    orders,
    loading: !pause && data === undefined && fetching,
    failureMessage: !pause && data === undefined && error !== undefined ? describeError(error) : null,
    retry: () => { execute({ requestPolicy: "network-only" }); },
    forget: () => {
      forgetAllOrderIds();
      setIds([]);
    },
  };
}
