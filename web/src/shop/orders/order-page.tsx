// One order: how far it has come, live, and what can still be done with it.

import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { FollowOrderDocument, OneOrderDocument, type OrderProgressFragment } from "../../generated/shop";
import { NoticeBox, type Notice } from "../../order/notice-box";
import { changeNotice, countryName, refundTitle, statusTitle } from "../../order/wording";
import { Heading, RetryNotice } from "../../shared/notices";
import { formatDay } from "../../shared/wording";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import type { PageProps } from "../router/routes";
import { Loading } from "../ui/loading";
import { CancelOrder } from "./cancel-order";
import { LineEditor } from "./changes";
import { ConnectionNote } from "./connection-note";
import { History } from "./history";
import { Parcels } from "./parcels";
import { ReturnForm } from "./return-form";
import { useFollow } from "./use-follow";
import { eventTitle, progressRows, returnTitle } from "./wording";
import "../account/style.css";
import "./style.css";

/** The page of the order in the address. */
export function OrderPage({ handle }: PageProps) {
  const openPath = usePath();
  const [{ data, error, fetching }, execute] = useQuery({
    query: OneOrderDocument,
    variables: { id: handle },
    requestPolicy: "cache-and-network",
  });
  const refresh = (): void => { execute({ requestPolicy: "network-only" }); };
  const order = data?.order;
  if (order) return <OpenedOrder order={order} onRefresh={refresh} />;
  return (
    <section class="panel">
      {order === undefined && fetching && <Loading label="Looking up the order" />}
      {order === undefined && !fetching && <RetryNotice message={describeError(error)} onRetry={refresh} />}
      {order === null && (
        <>
          <Heading>This order is not shown here</Heading>
          <p class="lead">
            It may belong to somebody else, or to a sign-in that is over. A guest's order is behind the link in its mail.
          </p>
          <button type="button" class="button" onClick={() => { openPath({ purpose: "signIn" }); }}>
            Sign in
          </button>
        </>
      )}
    </section>
  );
}

interface OpenedOrderProps {
  readonly order: OrderProgressFragment;
  readonly onRefresh: () => void;
}

function lastSequence({ events }: OrderProgressFragment): number | null {
  return events.nodes.reduce<number | null>((last, { sequence }) => Math.max(last ?? 0, sequence), null);
}

function OpenedOrder({ order, onRefresh }: OpenedOrderProps) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const connection = useFollow({
    document: FollowOrderDocument,
    id: order.id,
    after: lastSequence(order) ?? 0,
    selectEvent: (event) => event.orderUpdates,
    onBehind: onRefresh,
  });
  const say = (newNotice: Notice): void => {
    setNotice(newNotice);
    onRefresh();
  };
  const sayDone = (message: string): void => { say({ tone: "good", message }); };
  return (
    <article class="panel">
      <p>
        <Link href={pageAddress("orders")}>All orders</Link>
      </p>
      <Heading>Order {order.number}</Heading>
      <NoticeBox notice={notice} />
      <Progress order={order} />
      <p class="lead">
        Placed on {formatDay(order.placedAt)}. {changeNotice(order)}
      </p>
      <ConnectionNote connection={connection} />
      <Parcels order={order} />
      <section aria-labelledby="lines-title">
        <h2 id="lines-title">What you ordered</h2>
        <ul class="rows">
          {order.items.map((line, index) => (
            <li key={line.lineId ?? index}>
              <LineEditor
                order={order}
                line={line}
                amountText={order.display?.lines[index]?.text ?? null}
                onDone={sayDone}
              />
            </li>
          ))}
        </ul>
      </section>
      <Totals order={order} />
      <Delivery order={order} />
      <Returns order={order} />
      <ReturnForm order={order} onDone={sayDone} />
      <History events={order.events.nodes} titleOf={eventTitle} />
      {order.canModify && (
        <CancelOrder order={order} onDone={sayDone} onStale={(message) => { say({ tone: "bad", message }); }} />
      )}
    </article>
  );
}

function Progress({ order }: { readonly order: OrderProgressFragment }) {
  return (
    <>
      <p class="unseen" role="status">
        {statusTitle(order.status)}
      </p>
      <ol class="progress" aria-label="How far it has come">
        {progressRows(order.status).map(({ title, state }) => (
          <li key={title} class={`progress-${state}`} aria-current={state === "current" ? "step" : undefined}>
            {title}
            {state === "done" && <span class="unseen"> (done)</span>}
          </li>
        ))}
      </ol>
    </>
  );
}

function Totals({ order }: { readonly order: OrderProgressFragment }) {
  const rows = order.display?.totals ?? [];
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="totals-title">
      <h2 id="totals-title">What it costs</h2>
      <dl class="rows">
        {rows.map(({ key, label, text, detail }) => (
          <div class={key === "total" ? "row row-total" : "row"} key={key}>
            <dt class="row-label">
              {label}
              {detail !== null && <span class="hint"> {detail}</span>}
            </dt>
            <dd class="row-amount">{text}</dd>
          </div>
        ))}
      </dl>
      {order.refunds.length > 0 && (
        <>
          <h3>Paid back</h3>
          <ul class="rows">
            {order.refunds.map(({ id, createdAt, status, amount }) => (
              <li class="row" key={id}>
                <span class="row-label">
                  {formatDay(createdAt)}, {refundTitle(status)}
                </span>
                <span class="row-amount">{amount.formatted}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Delivery({ order }: { readonly order: OrderProgressFragment }) {
  const { shippingAddress, email, note } = order;
  if (shippingAddress === null && note === null) return null;
  const place = [shippingAddress?.postalCode, shippingAddress?.city, shippingAddress?.region].filter((part) => part);
  const lines = shippingAddress === null ? [] : [shippingAddress.name, ...shippingAddress.lines, place.join(" "), countryName(shippingAddress.country)];
  return (
    <section aria-labelledby="delivery-title">
      <h2 id="delivery-title">Where it goes</h2>
      {lines.length > 0 && (
        <address>
          {lines.map((line, index) => (
            <span key={index}>{line}</span>
          ))}
        </address>
      )}
      {email !== null && <p class="hint">News of the order goes to {email}.</p>}
      {note !== null && note !== "" && <p class="hint">Your note: {note}</p>}
    </section>
  );
}

function Returns({ order }: { readonly order: OrderProgressFragment }) {
  if (order.returns.length === 0) return null;
  const name = (lineId: string): string => order.items.find((line) => line.lineId === lineId)?.name ?? "";
  return (
    <section aria-labelledby="returns-title">
      <h2 id="returns-title">What you send back</h2>
      <ul class="rows">
        {order.returns.map(({ id, status, requestedAt, lines }) => (
          <li key={id}>
            <p>
              {formatDay(requestedAt)}: <strong>{returnTitle(status)}</strong>
            </p>
            <p class="hint">{lines.map(({ lineId, quantity }) => `${String(quantity)} × ${name(lineId)}`).join(", ")}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
