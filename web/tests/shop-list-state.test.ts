// The address of a list says everything that it shows, and nothing else asks the gateway.

import { describe, expect, it } from "vitest";
import {
  formatListState,
  hasConditions,
  listVariables,
  parseAmount,
  parseListState,
  toggleCondition,
  withoutConditions,
  type ListState,
} from "../src/shop/catalogue/list-state";

const ALL: ListState = { query: "", sort: null, conditions: {}, priceMin: "", priceMax: "" };
const parse = (text: string): ListState => parseListState(new URLSearchParams(text));

describe("the address of a list", () => {
  it("is empty where everything is shown", () => {
    expect(parse("")).toEqual(ALL);
    expect(formatListState(ALL)).toBe("");
  });

  it("holds words, order, conditions and prices, and reads back the same", () => {
    const state: ListState = {
      query: "blue mug",
      sort: "PRICE_ASC",
      conditions: { vendor: ["A & B"], Color: ["blue", "sea green"], available: ["true"] },
      priceMin: "5",
      priceMax: "19.99",
    };
    const text = formatListState(state);
    expect(text).toBe(
      "?q=blue+mug&sort=PRICE_ASC&f.vendor=A+%26+B&f.Color=blue&f.Color=sea+green&f.available=true&min=5&max=19.99",
    );
    expect(parse(text)).toEqual(state);
  });

  it("keeps an option that is named like a parameter apart", () => {
    const state = toggleCondition({ ...ALL, query: "tea" }, "q", "large");
    expect(parse(formatListState(state))).toEqual(state);
  });

  it("leaves out what it does not understand", () => {
    expect(parse("sort=CHEAP&min=-1&max=lots&utm=x&f.Color=blue&f.Color=blue")).toEqual({
      ...ALL,
      conditions: { Color: ["blue"] },
    });
    expect(parse("sort=toString").sort).toBeNull();
  });
});

describe("conditions", () => {
  it("come and go by their value", () => {
    const blue = toggleCondition(ALL, "Color", "blue");
    expect(blue.conditions).toEqual({ Color: ["blue"] });
    const both = toggleCondition(blue, "Color", "green");
    expect(both.conditions).toEqual({ Color: ["blue", "green"] });
    expect(toggleCondition(blue, "Color", "blue")).toEqual(ALL);
    expect([hasConditions(ALL), hasConditions(both)]).toEqual([false, true]);
    expect(withoutConditions({ ...both, priceMin: "3", query: "mug" })).toEqual({ ...ALL, query: "mug" });
  });
});

describe("what the gateway is asked", () => {
  it("is nothing but the length where everything is shown", () => {
    expect(listVariables(ALL, 24)).toEqual({ first: 24 });
  });

  it("names facets as the filter does", () => {
    const state: ListState = {
      query: "mug",
      sort: "NEWEST",
      conditions: {
        vendor: ["A"],
        type: ["Mugs"],
        tag: ["sale", "new"],
        available: ["true"],
        Color: ["blue"],
        "option:type": ["fine"],
      },
      priceMin: "5",
      priceMax: "",
    };
    expect(listVariables(state, 12)).toEqual({
      first: 12,
      query: "mug",
      sort: "NEWEST",
      filter: {
        vendors: ["A"],
        types: ["Mugs"],
        tags: ["sale", "new"],
        available: true,
        options: [
          { name: "Color", values: ["blue"] },
          { name: "type", values: ["fine"] },
        ],
        priceMin: "5",
      },
    });
  });

  it("is no condition where both sides of one are wanted", () => {
    expect(listVariables({ ...ALL, conditions: { available: ["true", "false"] } }, 24)).toEqual({ first: 24 });
  });
});

describe("amounts", () => {
  it("are typed with a point or a comma", () => {
    expect(["5", " 19,99 ", "0.5"].map(parseAmount)).toEqual(["5", "19.99", "0.5"]);
    expect(["", "-1", "1e3", "1.000,00", "$5"].map(parseAmount)).toEqual([null, null, null, null, null]);
  });
});
