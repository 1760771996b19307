// The parcels of an order, and where they are.

import type { OrderProgressFragment } from "../../generated/shop";
import { shipmentTitle, webLink } from "../../order/wording";

type Shipment = OrderProgressFragment["shipments"][number];

/** All parcels; nothing while there is none. A parcel may hold other orders' things too: only this one's are named. */
export function Parcels({ order }: { readonly order: OrderProgressFragment }) {
  const { shipments } = order;
  if (shipments.length === 0) return null;
  const isOnly = shipments.length === 1;
  return (
    <section aria-labelledby="parcels-title">
      <h2 id="parcels-title">{isOnly ? "Your parcel" : "Your parcels"}</h2>
      <ul class="rows">
        {shipments.map((shipment, index) => (
          <Parcel
            key={shipment.id}
            shipment={shipment}
            orderId={order.id}
            title={isOnly ? "The parcel" : `Parcel ${String(index + 1)}`}
          />
        ))}
      </ul>
    </section>
  );
}

interface ParcelProps {
  readonly shipment: Shipment;
  readonly orderId: string;
  readonly title: string;
}

function Parcel({ shipment, orderId, title }: ParcelProps) {
  const link = webLink(shipment.trackingUrl);
  const carriage = [shipment.carrier, shipment.trackingNumber].filter((text) => text !== null && text !== "");
  const lines = shipment.lines.filter(({ order }) => order === null || order.id === orderId);
  return (
    <li>
      <h3>{title}</h3>
      <p>{shipmentTitle(shipment)}</p>
      {carriage.length > 0 && <p class="hint">{carriage.join(", ")}</p>}
      {link !== null && (
        <p>
          <a href={link} target="_blank" rel="noopener noreferrer">
            Follow {title.toLowerCase()} at the carrier
          </a>
        </p>
      )}
      <ul class="parts">
        {lines.map(({ lineId, title: item, quantity }, index) => (
          <li key={lineId ?? index}>
            {quantity} × {item}
          </li>
        ))}
      </ul>
    </li>
  );
}
