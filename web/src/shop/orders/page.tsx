// Your orders, the latest first.

import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { MyOrdersDocument, type OrderSummaryFragment } from "../../generated/shop";
import { statusTitle } from "../../order/wording";
import { Heading, RetryNotice } from "../../shared/notices";
import { formatDay } from "../../shared/wording";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { Loading } from "../ui/loading";
import "../account/style.css";
import "./style.css";

/** The page. */
export function OrdersPage() {
  const openPath = usePath();
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
  const isKnown = viewer.purchaser !== null;
  const orders = isKnown ? viewer.orders.nodes : viewer.openOrders;
  return (
    <section class="panel">
      <Heading>Your orders</Heading>
      {!isKnown && (
        <div class="notice">
          <p>
            Without a sign-in you see what was ordered on this device and can still be changed. A guest's order is behind the
            link in its mail.
          </p>
          <button type="button" class="button button-plain" onClick={() => { openPath({ purpose: "signIn" }); }}>
            Sign in to see all orders
          </button>
        </div>
      )}
      {orders.length === 0 ? (
        <p class="lead">There is nothing here yet. What you buy appears here.</p>
      ) : (
        <OrderList orders={orders} />
      )}
      {isKnown && viewer.orders.pageInfo.hasNextPage && <MoreOrders after={viewer.orders.pageInfo.endCursor} />}
    </section>
  );
}

function OrderList({ orders }: { readonly orders: readonly OrderSummaryFragment[] }) {
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
