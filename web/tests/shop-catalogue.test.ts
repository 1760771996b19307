// Choosing a variant by its options, and what is said of when it can be had.

import { describe, expect, it } from "vitest";
import { nestComponents } from "../src/shop/catalogue/bundle";
import {
  findVariant,
  firstVariant,
  optionText,
  selectionOf,
  valueState,
  type ChoosableVariant,
} from "../src/shop/catalogue/options";
import {
  describeAvailability,
  describeCount,
  describeShortage,
  describeStock,
  facetTitle,
  facetValueText,
} from "../src/shop/catalogue/wording";

function shirt(id: string, size: string, color: string, availableForSale = true): ChoosableVariant {
  return {
    id,
    availableForSale,
    selectedOptions: [
      { name: "Size", value: size },
      { name: "Color", value: color },
    ],
  };
}

const SHIRTS = [shirt("1", "S", "blue", false), shirt("2", "M", "blue"), shirt("3", "M", "red")];

describe("choosing by options", () => {
  it("begins with the first variant that can be bought", () => {
    expect(firstVariant(SHIRTS)?.id).toBe("2");
    expect(firstVariant(SHIRTS.slice(0, 1))?.id).toBe("1");
    expect(firstVariant([])).toBeNull();
  });

  it("finds the variant of every choice, or none", () => {
    expect(SHIRTS.map((variant) => findVariant(SHIRTS, selectionOf(variant))?.id)).toEqual(["1", "2", "3"]);
    expect(findVariant(SHIRTS, { Size: "S", Color: "red" })).toBeNull();
  });

  it("says of each value where it leads to", () => {
    const selection = { Size: "M", Color: "red" };
    expect(valueState(SHIRTS, selection, "Size", "S")).toBe("notMade");
    expect(valueState(SHIRTS, selection, "Color", "blue")).toBe("available");
    expect(valueState(SHIRTS, { ...selection, Color: "blue" }, "Size", "S")).toBe("soldOut");
  });

  it("has one way to choose where there are no options", () => {
    const single: ChoosableVariant = { id: "1", availableForSale: true, selectedOptions: [] };
    expect(findVariant([single], {})).toBe(single);
    expect([optionText(single), optionText(shirt("2", "M", "blue"))]).toEqual(["", "M / blue"]);
  });
});

describe("what is in a bundle", () => {
  const parts = (...rows: readonly (readonly [string, number])[]) => rows.map(([name, depth]) => ({ name, depth }));
  const outline = (tree: ReturnType<typeof nestComponents<{ name: string; depth: number }>>): readonly unknown[] =>
    tree.map(({ component, parts: inner }) => (inner.length === 0 ? component.name : [component.name, outline(inner)]));

  it("is a tree, whatever the depth", () => {
    const flat = parts(["set", 0], ["table", 1], ["leg", 2], ["screw", 3], ["chair", 1], ["lamp", 0], ["bulb", 1]);
    expect(outline(nestComponents(flat))).toEqual([
      ["set", [["table", [["leg", ["screw"]]]], "chair"]],
      ["lamp", ["bulb"]],
    ]);
  });

  it("is nothing where it is no bundle", () => {
    expect(nestComponents([])).toEqual([]);
  });
});

describe("when it can be had", () => {
  it("is said where it is not at once", () => {
    const texts = [
      { availableForSale: true, shipsInDays: null },
      { availableForSale: true, shipsInDays: 1 },
      { availableForSale: true, shipsInDays: 14 },
      { availableForSale: false, shipsInDays: null },
    ].map(describeAvailability);
    expect(texts).toEqual([null, "Ships in 1 day", "Ships in 14 days", "Sold out"]);
  });

  it("names the stock only where few are left", () => {
    expect([null, 0, 1, 5, 6].map((count) => describeStock(count, null))).toEqual([
      null,
      null,
      "Only 1 left",
      "Only 5 left",
      null,
    ]);
    expect(describeStock(2, 14)).toBeNull();
  });
});

describe("more than there is", () => {
  it("is said where nobody makes it to order", () => {
    const print = { availableForSale: true, availableQuantity: 3, shipsInDays: null };
    expect([1, 3, 4].map((quantity) => describeShortage(quantity, print))).toEqual([
      null,
      null,
      "Only 3 left: take fewer to go on.",
    ]);
    expect(describeShortage(9, { ...print, availableQuantity: 0, shipsInDays: 14 })).toBeNull();
    expect(describeShortage(9, { ...print, availableQuantity: null })).toBeNull();
    expect(describeShortage(1, { ...print, availableForSale: false })).toBe("Sold out: remove it to go on.");
  });
});

describe("words of a list", () => {
  it("are those of the trade", () => {
    expect([0, 1, 1234].map(describeCount)).toEqual(["0 products", "1 product", "1,234 products"]);
    expect(["available", "vendor", "Color", "option:type", "toString"].map(facetTitle)).toEqual([
      "Availability",
      "Brand",
      "Color",
      "type",
      "toString",
    ]);
    expect(facetValueText("available", "true")).toBe("Can be bought now");
    expect(facetValueText("Color", "true")).toBe("true");
  });
});
