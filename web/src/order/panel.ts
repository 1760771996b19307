// The panels of the page and their props.

import type { ChangeOutcome } from "./change";
import type { Order } from "./order";

/** What the page can show of an opened order. */
export type Panel =
  | { readonly name: "order" }
  | { readonly name: "quantity" | "remove"; readonly lineId: string }
  | { readonly name: "address" }
  | { readonly name: "cancel" };

/** The first panel. */
export const HOME: Panel = { name: "order" };

/** The id of the button that opens a panel, which has the focus again when the panel is left. */
export function openerId(panel: Panel): string {
  return "lineId" in panel ? `open-${panel.name}-${panel.lineId}` : `open-${panel.name}`;
}

export type OrderLine = Order["items"][number];

/** The order, and the ways out of a panel. */
export interface PanelProps extends ChangeOutcome {
  readonly order: Order;
  readonly onBack: () => void;
  /** The order as it stands, while the panel stays. */
  readonly onUpdate: (order: Order) => void;
}

/** The line of that id, if the order still has it. */
export function findLine(order: Order, lineId: string): OrderLine | null {
  return order.items.find((line) => line.lineId === lineId) ?? null;
}
