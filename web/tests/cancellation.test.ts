import { describe, expect, it, vi } from "vitest";
import { cancelRows, dearerNotice, expectedTotal, isDearer, type CancelFigures } from "../src/order/cancellation";
import { isPartlyPacked, packedNotice, packedQuantity } from "../src/order/packed";
import type { Amount } from "../src/order/wording";

vi.stubGlobal("navigator", { languages: ["en-US"] });

const dollars = (minorUnits: number): Amount => {
  const amount = (minorUnits / 100).toFixed(2);
  return { amount, minorUnits, currency: "USD", formatted: `$${amount}` };
};

const figures = (total: number, changes: Partial<CancelFigures> = {}): CancelFigures => ({
  status: "OPEN",
  total: { gross: dollars(total) },
  due: null,
  captured: dollars(0),
  refunded: dollars(0),
  ...changes,
});

describe("what cancelling comes to", () => {
  const rowsOf = (before: CancelFigures, after: CancelFigures) =>
    cancelRows(before, after).map(({ label, text }) => [label, text]);

  it("is nothing to pay where nothing stays, whatever the answer says the order cost", () => {
    const after = figures(3900, { status: "CANCELLED" });
    expect(rowsOf(figures(3900), after)).toEqual([
      ["Total now", "$39.00"],
      ["Total afterwards", "$0.00"],
      ["No longer charged", "$39.00"],
    ]);
    expect(expectedTotal(after)).toBe("0");
  });

  it("tells what is paid back from what was never charged, and what goes back to codes", () => {
    const before = figures(3900, { due: dollars(2900), captured: dollars(900), refunded: dollars(100) });
    expect(rowsOf(before, { ...before, status: "CANCELLED" }).slice(2)).toEqual([
      ["No longer charged", "$20.00"],
      ["Paid back to you", "$8.00"],
      ["Back to your codes", "$10.00"],
    ]);
  });

  it("is what the rest costs where something stays, with what is captured of that kept", () => {
    const after = figures(1400, { captured: dollars(1400) });
    expect(rowsOf(figures(3900, { captured: dollars(1400) }), after)).toEqual([
      ["Total now", "$39.00"],
      ["Total afterwards", "$14.00"],
      ["No longer charged", "$25.00"],
    ]);
    expect(expectedTotal(after)).toBe("14.00");
  });

  it("says where nothing comes back", () => {
    expect(rowsOf(figures(3900), figures(3900)).at(-1)).toEqual(["Comes back", "Nothing"]);
    expect(isDearer(figures(3900), figures(3900))).toBe(false);
  });

  it("is refused with its reason where it would be dearer", () => {
    expect(isDearer(figures(3900), figures(4400))).toBe(true);
    expect(isDearer(figures(3900), figures(4400, { status: "CANCELLED" }))).toBe(false);
    expect(dearerNotice(figures(3900), figures(4400))).toContain("would cost $44.00, more than the $39.00");
  });
});

describe("what is packed", () => {
  const parcel = (status: "READY" | "DISPATCHED" | "DELIVERED" | "RETURNED" | "CANCELLED", quantity: number) => ({
    status,
    lines: [{ lineId: "lin_1", quantity }],
  });
  const line = { lineId: "lin_1", quantity: 3 };

  it.each([
    [[], 0, null],
    [[parcel("CANCELLED", 3)], 0, null],
    [[parcel("READY", 1)], 1, "1 of 3 is packed already and stays."],
    [[parcel("READY", 1), parcel("DISPATCHED", 1)], 2, "2 of 3 are packed already and stay."],
    [[parcel("READY", 1), parcel("DELIVERED", 2)], 3, "Packed already: it can no longer be changed or removed."],
    [[parcel("DISPATCHED", 3)], 3, "On its way already: it can no longer be changed or removed."],
    [[parcel("DELIVERED", 3)], 3, "Delivered already: it can no longer be changed or removed."],
    // It came back and left again.
    [[parcel("RETURNED", 2), parcel("DISPATCHED", 2)], 2, "2 of 3 are packed already and stay."],
  ])("of %j", (shipments, quantity, notice) => {
    expect(packedQuantity({ shipments }, line)).toBe(quantity);
    expect(packedNotice({ shipments }, line)).toBe(notice);
    expect(isPartlyPacked({ shipments })).toBe(quantity > 0);
  });

  it("of another line says nothing", () => {
    expect(packedQuantity({ shipments: [parcel("READY", 3)] }, { lineId: "lin_2", quantity: 1 })).toBe(0);
    expect(packedQuantity({ shipments: [parcel("READY", 3)] }, { lineId: null, quantity: 1 })).toBe(0);
  });
});
