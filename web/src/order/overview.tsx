// The order as its buyer sees it, and what can be done with it.

import { Heading } from "../shared/notices";
import { formatDay } from "../shared/wording";
import type { Order } from "./order";
import type { OrderLine, Panel } from "./panel";
import { changeNotice, countryName, refundTitle, shipmentTitle, statusTitle, webLink } from "./wording";

/** What came of the last panel. */
export interface Notice {
  readonly tone: "good" | "bad";
  readonly message: string;
}

interface OverviewProps {
  readonly order: Order;
  readonly notice: Notice | null;
  readonly onOpen: (panel: Panel) => void;
}

function NoticeBox({ notice }: { readonly notice: Notice | null }) {
  return (
    <div role="status">
      {notice !== null && (
        <p class={`notice notice-${notice.tone}`}>
          <span aria-hidden="true">{notice.tone === "good" ? "✓ " : "⚠ "}</span>
          {notice.message}
        </p>
      )}
    </div>
  );
}

function LineButtons({ line, onOpen }: { readonly line: OrderLine; readonly onOpen: OverviewProps["onOpen"] }) {
  const { lineId } = line;
  if (lineId === null) return null;
  return (
    <p class="links">
      <button type="button" class="link" onClick={() => { onOpen({ name: "quantity", lineId }); }}>
        Change quantity<span class="unseen"> of {line.name}</span>
      </button>
      <button type="button" class="link" onClick={() => { onOpen({ name: "remove", lineId }); }}>
        Remove<span class="unseen"> {line.name}</span>
      </button>
    </p>
  );
}

function Lines({ order, onOpen }: Pick<OverviewProps, "order" | "onOpen">) {
  return (
    <section aria-labelledby="lines-title">
      <h2 id="lines-title">What you ordered</h2>
      <ul class="rows">
        {order.items.map((line, index) => (
          <li key={line.lineId ?? index}>
            <div class="row">
              <span class="row-label">{line.name}</span>
              <span class="row-amount">{line.total.gross?.formatted}</span>
            </div>
            <p class="hint">
              {line.quantity} × {line.unitPrice.formatted}
            </p>
            {line.components.length > 0 && (
              <ul class="parts">
                {line.components.map((part, partIndex) => (
                  <li key={partIndex}>{part.quantity === 1 ? part.name : `${String(part.quantity)} × ${part.name}`}</li>
                ))}
              </ul>
            )}
            {order.canModify && <LineButtons line={line} onOpen={onOpen} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Totals({ order }: { readonly order: Order }) {
  const rows = order.display?.totals ?? [];
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="totals-title">
      <h2 id="totals-title">What it costs</h2>
      <dl class="rows">
        {rows.map((row) => (
          <div class={row.key === "total" ? "row row-total" : "row"} key={row.key}>
            <dt class="row-label">
              {row.label}
              {row.detail !== null && <span class="hint"> {row.detail}</span>}
            </dt>
            <dd class="row-amount">{row.text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Refunds({ order }: { readonly order: Order }) {
  if (order.refunds.length === 0 && order.refunded.minorUnits === 0) return null;
  return (
    <section aria-labelledby="refunds-title">
      <h2 id="refunds-title">Paid back</h2>
      <p>{order.refunded.formatted} in all.</p>
      <ul class="rows">
        {order.refunds.map((refund) => (
          <li class="row" key={refund.id}>
            <span class="row-label">
              {formatDay(refund.createdAt)}, {refundTitle(refund.status)}
            </span>
            <span class="row-amount">{refund.amount.formatted}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Parcel({ shipment, title }: { readonly shipment: Order["shipments"][number]; readonly title: string }) {
  const link = webLink(shipment.trackingUrl);
  const carriage = [shipment.carrier, shipment.trackingNumber].filter((text) => text !== null && text !== "");
  return (
    <li>
      <h3>{title}</h3>
      <p>{shipmentTitle(shipment)}</p>
      {carriage.length > 0 && <p class="hint">{carriage.join(", ")}</p>}
      {link !== null && (
        <p>
          {/* The carrier's page learns neither of this one nor of the link. */}
          <a href={link} target="_blank" rel="noopener noreferrer">
            Follow {title.toLowerCase()} at the carrier
          </a>
        </p>
      )}
      <ul class="parts">
        {shipment.lines.map((line, index) => (
          <li key={line.lineId ?? index}>
            {line.quantity} × {line.title}
          </li>
        ))}
      </ul>
    </li>
  );
}

function Parcels({ order }: { readonly order: Order }) {
  if (order.shipments.length === 0) return null;
  return (
    <section aria-labelledby="parcels-title">
      <h2 id="parcels-title">{order.shipments.length === 1 ? "Your parcel" : "Your parcels"}</h2>
      <ul class="rows">
        {order.shipments.map((shipment, index) => (
          <Parcel
            key={shipment.id}
            shipment={shipment}
            title={order.shipments.length === 1 ? "The parcel" : `Parcel ${String(index + 1)}`}
          />
        ))}
      </ul>
    </section>
  );
}

/** The lines of a letter's address, as far as they are there. */
function addressLines({ name, lines, city, region, postalCode, country, phone }: NonNullable<Order["shippingAddress"]>) {
  const place = [postalCode, city, region].filter((part) => part !== null && part !== "").join(" ");
  return [name, ...lines, place, countryName(country), phone ?? ""].filter((line) => line !== "");
}

function Delivery({ order, onOpen }: Pick<OverviewProps, "order" | "onOpen">) {
  const { shippingAddress, email } = order;
  return (
    <section aria-labelledby="delivery-title">
      <h2 id="delivery-title">Where it goes</h2>
      {shippingAddress === null ? (
        <p>Your address is no longer kept.</p>
      ) : (
        <address>
          {addressLines(shippingAddress).map((line, index) => (
            <span key={index}>{line}</span>
          ))}
        </address>
      )}
      {email !== null && <p class="hint">News of the order goes to {email}.</p>}
      {order.canModify && (
        <p class="links">
          <button type="button" class="link" onClick={() => { onOpen({ name: "address" }); }}>
            Change the address
          </button>
        </p>
      )}
    </section>
  );
}

/** The first panel. */
export function Overview({ order, notice, onOpen, isFirstView }: OverviewProps & { readonly isFirstView: boolean }) {
  return (
    <>
      <Heading quiet={isFirstView}>Order {order.number}</Heading>
      <NoticeBox notice={notice} />
      <p class="status" role="status">
        {statusTitle(order.status)}
      </p>
      <p class="lead">
        Placed on <time dateTime={order.placedAt}>{formatDay(order.placedAt)}</time>. {changeNotice(order)}
      </p>
      <Parcels order={order} />
      <Lines order={order} onOpen={onOpen} />
      <Totals order={order} />
      <Refunds order={order} />
      <Delivery order={order} onOpen={onOpen} />
      {order.canModify && (
        <div class="actions">
          <button type="button" class="button button-plain" onClick={() => { onOpen({ name: "cancel" }); }}>
            Cancel the order
          </button>
        </div>
      )}
    </>
  );
}
