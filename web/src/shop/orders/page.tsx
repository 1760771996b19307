// Your orders, the latest first.

import { useQuery } from "@urql/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { MyOrdersDocument, type OrderSummaryFragment } from "../../generated/shop";
import { statusTitle } from "../../order/wording";
import { Heading, RetryNotice } from "../../shared/notices";
import { formatDay } from "../../shared/wording";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { Loading } from "../ui/loading";
import { useGuestOrders } from "./use-guest-orders";
import "../account/style.css";
import "./style.css";

/** The page. */
export function OrdersPage() {
  const [{ data, error, fetching }, execute] = useQuery({
    query: MyOrdersDocument,
    variables: { after: null },
    requestPolicy: "cache-and-network",
  });
  const viewer = data?.viewer;
  if (viewer === undefined)
    return (
      <section class="panel">
        <Heading>Your orders</Heading>
        {fetching ? (
          <Loading label="Looking up your orders" />
        ) : (
          <RetryNotice message={describeError(error)} onRetry={() => { execute({ requestPolicy: "network-only" }); }} />
        )}
      </section>
    );
  if (viewer.purchaser === null) return <OrdersOfDevice openOrders={viewer.openOrders} />;
  const { nodes, pageInfo } = viewer.orders;
  return (
    <section class="panel">
      <Heading>Your orders</Heading>
      <OrderList orders={nodes} />
      {pageInfo.hasNextPage && <MoreOrders after={pageInfo.endCursor} />}
    </section>
  );
}

/** What is known of this device without a sign-in. */
function OrdersOfDevice({ openOrders }: { readonly openOrders: readonly OrderSummaryFragment[] }) {
  const openPath = usePath();
  const guest = useGuestOrders();
  const [isForgotten, setForgotten] = useState(false);
  const statusRef = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isForgotten) statusRef.current?.focus();
  }, [isForgotten]);
  const guestIds = new Set(guest.orders.map(({ id }) => id));
  const orders = [...guest.orders, ...openOrders.filter(({ id }) => !guestIds.has(id))].sort((one, other) =>
    other.placedAt.localeCompare(one.placedAt),
  );
  return (
    <section class="panel">
      <Heading>Your orders</Heading>
      <div class="notice">
        <p>
          Without a sign-in you see what was ordered on this device: as a guest, or what can still be changed. A guest's
          order from another device is behind the link in its mail.
        </p>
        <button type="button" class="button button-plain" onClick={() => { openPath({ purpose: "signIn" }); }}>
          Sign in to see all orders
        </button>
      </div>
      <div role="status">
        {isForgotten && (
          <p class="notice notice-good" ref={statusRef} tabIndex={-1}>
            <span aria-hidden="true">✓ </span>What you ordered as a guest is no longer listed here.
          </p>
        )}
      </div>
      <RetryNotice message={guest.failureMessage} onRetry={guest.retry} />
      {guest.loading ? (
        <Loading label="Looking up your orders" />
      ) : (
        guest.failureMessage === null && <OrderList orders={orders} />
      )}
      {(guest.orders.length > 0 || guest.failureMessage !== null) && (
        <button
          type="button"
          class="link"
          onClick={() => {
            guest.forget();
            setForgotten(true);
          }}
        >
          Forget on this device what was ordered as a guest
        </button>
      )}
    </section>
  );
}

function OrderList({ orders }: { readonly orders: readonly OrderSummaryFragment[] }) {
  if (orders.length === 0) return <p class="lead">There is nothing here yet. What you buy appears here.</p>;
  return (
    <ul class="cards">
      {orders.map((order) => (
        <li class="summary" key={order.id}>
          <div class="summary-head">
            <h2>
              <Link href={pageAddress("orders", order.id)}>Order {order.number}</Link>
            </h2>
            <span class={`chip chip-${order.status.toLowerCase()}`}>{statusTitle(order.status)}</span>
          </div>
          <p class="hint">
            {formatDay(order.placedAt)} · {order.total.gross?.formatted}
          </p>
          <p>{order.items.map(({ name, quantity }) => (quantity === 1 ? name : `${String(quantity)} × ${name}`)).join(", ")}</p>
        </li>
      ))}
    </ul>
  );
}

/** A further page of orders, when it is asked for. */
function MoreOrders({ after }: { readonly after: string | null }) {
  const [isWanted, setWanted] = useState(false);
  const [{ data, fetching }] = useQuery({ query: MyOrdersDocument, variables: { after }, pause: !isWanted });
  const page = isWanted ? data?.viewer.orders : undefined;
  if (page === undefined)
    return (
      <button type="button" class="button button-plain" aria-disabled={fetching} onClick={() => { setWanted(true); }}>
        {fetching ? "Loading…" : "Show earlier orders"}
      </button>
    );
  return (
    <>
      <OrderList orders={page.nodes} />
      {page.pageInfo.hasNextPage && <MoreOrders after={page.pageInfo.endCursor} />}
    </>
  );
}
