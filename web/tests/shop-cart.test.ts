// The figures of a cart add up as they are shown, and what a code does is said.

import { describe, expect, it } from "vitest";
import { ChangeQueue, isGone, readOutcome } from "../src/shop/cart/changes";
import { describeCode, totalRows, type DisplayRow } from "../src/shop/cart/totals";

function row(key: string, label: string, text: string, detail: string | null = null): DisplayRow {
  return { key, label, text, detail };
}

describe("the rows of figures", () => {
  it("are those prepared, sums marked", () => {
    const rows = [
      row("subtotal", "Subtotal", "$87.95"),
      row("tax.Sales tax.9.25", "Sales tax 9.25%", "$8.14", "on $87.95"),
      row("total", "Total", "$96.09"),
      row("due", "Due", "$4.00"),
    ];
    expect(totalRows(rows).map(({ label, text, isSum }) => [label, text, isSum])).toEqual([
      ["Subtotal", "$87.95", false],
      ["Sales tax 9.25%", "$8.14", false],
      ["Total", "$96.09", true],
      ["To pay", "$4.00", true],
    ]);
  });

  it("leave out a tax that is not known", () => {
    const rows = [
      row("subtotal", "Subtotal", "$14.00"),
      row("tax", "Tax", "—", "known once the destination is"),
      row("total", "Total before shipping and tax", "$14.00"),
    ];
    expect(totalRows(rows).map(({ key }) => key)).toEqual(["subtotal", "total"]);
  });
});

describe("codes", () => {
  it("say what they do, or why they do nothing", () => {
    const amount = { formatted: "$8.80" };
    expect(describeCode({ kind: "DISCOUNT", applied: true, reason: null, amount })).toBe("Takes off $8.80");
    expect(describeCode({ kind: "STORED_VALUE", applied: true, reason: null, amount })).toBe("Pays $8.80");
    expect(describeCode({ kind: "STORED_VALUE", applied: true, reason: null, amount: null })).toBe(
      "Pays what it can, once the tax is known.",
    );
    expect(describeCode({ kind: "DISCOUNT", applied: false, reason: "From $50.00 on.", amount: null })).toBe(
      "From $50.00 on.",
    );
  });
});

describe("changes", () => {
  it("of another window are said, other refusals speak for themselves", () => {
    const refusal = (code: "VERSION_CONFLICT" | "OUT_OF_STOCK" | "NOT_MODIFIABLE") =>
      readOutcome({ cart: null, userErrors: [{ code, field: null, message: "So it is." }], warnings: [] });
    expect(refusal("VERSION_CONFLICT").problem).toMatch(/^The cart was changed in another window\./);
    expect(refusal("OUT_OF_STOCK").problem).toBe("So it is.");
    expect([refusal("OUT_OF_STOCK"), refusal("NOT_MODIFIABLE")].map(isGone)).toEqual([false, true]);
    expect(readOutcome({ cart: null, userErrors: [], warnings: [] }).problem).toBeNull();
  });

  it("are made one after another, also after one that failed", async () => {
    const queue = new ChangeQueue();
    const order: string[] = [];
    const step = (name: string, ticks: number) => async (): Promise<string> => {
      order.push(`${name} begins`);
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      order.push(`${name} ends`);
      if (name === "second") throw new Error(name);
      return name;
    };
    const results = await Promise.allSettled([
      queue.run(step("first", 5)),
      queue.run(step("second", 1)),
      queue.run(step("third", 0)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(order).toEqual([
      "first begins",
      "first ends",
      "second begins",
      "second ends",
      "third begins",
      "third ends",
    ]);
  });
});
