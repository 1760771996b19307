import { describe, expect, it, vi } from "vitest";
import { staleReason } from "../src/order/change";
import { newRequestKey } from "../src/order/keys";
import {
  changeNotice,
  countryName,
  describeDifference,
  parseQuantity,
  readerLocale,
  refundTitle,
  shipmentTitle,
  statusTitle,
  webLink,
  type Amount,
} from "../src/order/wording";
import { draftAddress, EMPTY_DRAFT } from "../src/shared/address";

vi.stubGlobal("navigator", { languages: ["en-US"] });

const dollars = (amount: string): Amount => ({
  amount,
  minorUnits: Math.round(Number(amount) * 100),
  currency: "USD",
  formatted: `$${amount}`,
});
const yen = (amount: string): Amount => ({ amount, minorUnits: Number(amount), currency: "JPY", formatted: `¥${amount}` });

describe("what a change makes to pay", () => {
  it.each<[Amount | null, Amount | null, string]>([
    [dollars("39.00"), dollars("51.50"), "You pay $12.50 more."],
    [dollars("39.00"), dollars("30.10"), "You pay $8.90 less."],
    [dollars("39.00"), dollars("39.00"), "You pay the same as before."],
    [yen("1000"), yen("2500"), "You pay ¥1,500 more."],
    [null, dollars("1.00"), ""],
    [dollars("1.00"), null, ""],
  ])("from %o to %o", (before, after, text) => {
    expect(describeDifference(before, after)).toBe(text);
  });
});

describe("a quantity", () => {
  it.each<[string, number | null]>([
    ["2", 2],
    [" 12 ", 12],
    ["0", 0],
    ["", null],
    ["-1", null],
    ["1.5", null],
    ["1e3", null],
    ["1234567890", null],
  ])("of %j", (text, quantity) => {
    expect(parseQuantity(text)).toBe(quantity);
  });
});

describe("a carrier's page", () => {
  it.each<[string | null, string | null]>([
    ["https://carrier.example/1", "https://carrier.example/1"],
    ["http://carrier.example/1", "http://carrier.example/1"],
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
    ["/order", null],
    ["", null],
    [null, null],
  ])("at %j", (address, link) => {
    expect(webLink(address)).toBe(link);
  });
});

describe("the words for an order", () => {
  const order = { status: "OPEN", canModify: true, modifiableUntil: null } as const;
  it("say what can be done", () => {
    expect(changeNotice(order)).toBe("You can still change or cancel what has not been packed.");
    expect(changeNotice({ ...order, modifiableUntil: "2026-11-27T10:30:00Z" })).toMatch(
      /^You can change or cancel it until November 27, 2026 at /,
    );
    expect(changeNotice({ ...order, canModify: false })).toBe("The order can no longer be changed here.");
    expect(changeNotice({ ...order, status: "CANCELLED" })).toMatch("Nothing of it will be sent.");
  });
  it("name the states of orders, parcels and refunds", () => {
    expect(statusTitle("SHIPPED")).toBe("On its way");
    const parcel = { status: "DELIVERED", dispatchedAt: null, deliveredAt: "2026-11-28T12:00:00Z" } as const;
    expect(shipmentTitle(parcel)).toBe("Delivered on November 28, 2026");
    expect(shipmentTitle({ ...parcel, deliveredAt: null })).toBe("Delivered");
    expect(shipmentTitle({ ...parcel, status: "RETURNED" })).toBe("Came back to the shop");
    expect(refundTitle("FAILED")).toBe("could not be paid back so far");
  });
  it("call countries by their names", () => {
    expect(countryName("DE")).toBe("Germany");
    expect(countryName("XZ")).toBe("XZ");
  });
  it("are English, as the reader writes it", () => {
    expect(readerLocale(["sv", "en-GB", "en-US"])).toBe("en-GB");
    expect(readerLocale(["de-DE", "en"])).toBe("en-US");
  });
});

describe("an order that has moved on", () => {
  it("is told apart from what can be put right", () => {
    const message = "It costs $60.00 now.";
    expect(staleReason([{ code: "PRICE_CHANGED", field: null, message }])).toBe(message);
    expect(staleReason([{ code: "NOT_MODIFIABLE", field: null, message }])).toBe(message);
    expect(staleReason([{ code: "OUT_OF_STOCK", field: null, message }])).toBeNull();
    expect(staleReason([])).toBeNull();
  });
});

describe("a request key", () => {
  it("is new each time", () => {
    expect(newRequestKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(newRequestKey()).not.toBe(newRequestKey());
  });
});

describe("the draft of an address", () => {
  it("begins with the address there is", () => {
    const address = {
      name: "Robin Friend",
      country: "GB",
      region: null,
      city: "London",
      postalCode: "SE1 1AA",
      lines: ["1 Street", "Floor 2", "Bell 3"],
      phone: null,
    };
    expect(draftAddress(address)).toEqual({
      ...EMPTY_DRAFT,
      name: "Robin Friend",
      country: "GB",
      line1: "1 Street",
      line2: "Floor 2, Bell 3",
      city: "London",
      postalCode: "SE1 1AA",
    });
    expect(draftAddress(null)).toEqual(EMPTY_DRAFT);
  });
});
