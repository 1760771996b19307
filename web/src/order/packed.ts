// How many of an order's lines are in parcels: those can no longer be changed.

import type { ShipmentState } from "../generated/operations";

interface PackedOrder {
  readonly shipments: readonly {
    readonly status: ShipmentState;
    readonly lines: readonly { readonly lineId: string | null; readonly quantity: number }[];
  }[];
}

interface PackedLine {
  readonly lineId: string | null;
  readonly quantity: number;
}

/** How many of a line are in parcels. What came back may have left again in another parcel: it counts once. */
export function packedQuantity({ shipments }: PackedOrder, { lineId, quantity }: PackedLine): number {
  if (lineId === null) return 0;
  const count = (isCounted: (status: ShipmentState) => boolean): number =>
    shipments
      .filter(({ status }) => isCounted(status))
      .flatMap(({ lines }) => lines)
      .filter((line) => line.lineId === lineId)
      .reduce((sum, line) => sum + line.quantity, 0);
  const returned = count((status) => status === "RETURNED");
  const others = count((status) => status !== "RETURNED" && status !== "CANCELLED");
  return Math.min(Math.max(returned, others), quantity);
}

/** Whether anything of the order is in a parcel, so that it goes where it was to go. */
export function isPartlyPacked({ shipments }: PackedOrder): boolean {
  return shipments.some(({ status }) => status !== "CANCELLED");
}

/** How far the parcels with the line have come, as the least of them has. */
function parcelsStage({ shipments }: PackedOrder, lineId: string | null): string {
  const states = new Set(
    shipments.filter(({ lines }) => lines.some((line) => line.lineId === lineId)).map(({ status }) => status),
  );
  if (states.has("READY") || states.has("RETURNED")) return "Packed";
  return states.has("DISPATCHED") ? "On its way" : "Delivered";
}

/** Why a line cannot be changed, or not all of it; null where nothing stands against it. */
export function packedNotice(order: PackedOrder, line: PackedLine): string | null {
  const packed = packedQuantity(order, line);
  if (packed === 0) return null;
  if (packed === line.quantity) return `${parcelsStage(order, line.lineId)} already: it can no longer be changed or removed.`;
  const verbs = packed === 1 ? ["is", "stays"] : ["are", "stay"];
  return `${String(packed)} of ${String(line.quantity)} ${verbs[0] ?? ""} packed already and ${verbs[1] ?? ""}.`;
}
