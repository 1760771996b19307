// The order as its buyer sees it, and what can be done with it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Heading } from "../shared/notices";
import { formatDay } from "../shared/wording";
import type { Order } from "./order";
import { isPartlyPacked, packedNotice, packedQuantity } from "./packed";
import { openerId, type OrderLine, type Panel } from "./panel";
import { changeNotice, countryName, refundTitle, shipmentTitle, statusTitle, webLink } from "./wording";

interface OverviewProps {
  readonly order: Order;
  readonly onOpen: (panel: Panel) => void;
}

interface OpenButtonProps extends Pick<OverviewProps, "onOpen"> {
  readonly panel: Panel;
  readonly class?: string;
  children: ComponentChildren;
}

/** Opens a panel. */
function OpenButton({ panel, onOpen, class: style = "link", children }: OpenButtonProps) {
  return (
    <button type="button" id={openerId(panel)} class={style} onClick={() => { onOpen(panel); }}>
      {children}
    </button>
  );
}

function LineButtons({ order, line, onOpen }: OverviewProps & { readonly line: OrderLine }) {
  const { lineId } = line;
  if (lineId === null) return null;
  const packed = packedQuantity(order, line);
  const notice = packedNotice(order, line);
  return (
    <>
      {notice !== null && <p class="hint">{notice}</p>}
      <p class="links">
        {packed < line.quantity && (
          <OpenButton panel={{ name: "quantity", lineId }} onOpen={onOpen}>
            Change quantity<span class="unseen"> of {line.name}</span>
          </OpenButton>
        )}
        {packed === 0 && (
          <OpenButton panel={{ name: "remove", lineId }} onOpen={onOpen}>
            Remove<span class="unseen"> {line.name}</span>
          </OpenButton>
        )}
      </p>
    </>
  );
}

function Lines({ order, onOpen }: OverviewProps) {
  return (
    <section aria-labelledby="lines-title">
      <h2 id="lines-title">What you ordered</h2>
      <ul class="rows">
        {order.items.map((line, index) => (
          <li key={line.lineId ?? index}>
            <div class="row">
              <span class="row-label">{line.name}</span>
              <span class="row-amount">{order.display?.lines[index]?.text}</span>
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
            {order.canModify && <LineButtons order={order} line={line} onOpen={onOpen} />}
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

function Delivery({ order, onOpen }: OverviewProps) {
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
      {order.canModify && isPartlyPacked(order) && <p class="hint">Some of it is packed already: the rest goes there, too.</p>}
      {order.canModify && !isPartlyPacked(order) && (
        <p class="links">
          <OpenButton panel={{ name: "address" }} onOpen={onOpen}>
            Change the address
          </OpenButton>
        </p>
      )}
    </section>
  );
}

interface FirstPanelProps extends OverviewProps {
  readonly isFirstView: boolean;
  /** Whether something is said, which then has the focus. */
  readonly hasNotice: boolean;
  /** The panel that was left for this one. */
  readonly leftPanel: Panel | null;
}

/** The first panel. Where another was left with nothing done, the button that opened it has the focus again. */
export function Overview({ order, onOpen, isFirstView, hasNotice, leftPanel }: FirstPanelProps) {
  const returnsFocus = leftPanel !== null && !hasNotice;
  const [openerToFocus] = useState(() => (returnsFocus ? openerId(leftPanel) : null));
  useEffect(() => {
    if (openerToFocus !== null) document.getElementById(openerToFocus)?.focus();
  }, [openerToFocus]);
  return (
    <>
      <Heading quiet={isFirstView || hasNotice}>Order {order.number}</Heading>
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
          <OpenButton panel={{ name: "cancel" }} onOpen={onOpen} class="button button-plain">
            Cancel the order
          </OpenButton>
        </div>
      )}
    </>
  );
}
