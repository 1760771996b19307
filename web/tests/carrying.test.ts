import { describe, expect, it } from "vitest";
import { carriedValues, fillVariables, findCarried, findMailedCode, valueAt } from "../src/graphiql/carrying";

describe("what an answer is carried into", () => {
  it("is known by the operation's name", () => {
    expect(findCarried("BuyFromACart1Products")).toEqual({ variables: { variantId: "products.nodes.0.variants.0.id" } });
    expect(findCarried("MyOwn")).toBeNull();
    expect(findCarried(null)).toBeNull();
  });

  it("is found by its path", () => {
    const data = { cart: { lines: [{ id: "l1" }] } };
    expect(valueAt(data, "cart.lines.0.id")).toBe("l1");
    expect(valueAt(data, "cart.lines.1.id")).toBeUndefined();
    expect(valueAt(null, "cart")).toBeUndefined();
  });

  it("leaves out what was refused, and makes a new key", () => {
    const rule = { variables: { cartId: "cartCreate.cart.id" }, newKey: "checkoutKey" };
    expect(carriedValues(rule, { cartCreate: { cart: null } }, () => "key-1")).toEqual({ checkoutKey: "key-1" });
    expect(carriedValues(rule, { cartCreate: { cart: { id: "c" } } }, () => "key-1")).toEqual({
      cartId: "c",
      checkoutKey: "key-1",
    });
  });
});

describe("the variables", () => {
  it("get values for the names they have, and keep the others", () => {
    expect(JSON.parse(fillVariables('{"cartId": "", "version": 1}', { cartId: "c", total: "1.00" }))).toEqual({
      cartId: "c",
      version: 1,
    });
  });

  it("stay as they were typed where there is nothing to fill", () => {
    for (const text of ["", "{", "[]", "null", '{ "version":1 }']) expect(fillVariables(text, { cartId: "c" })).toBe(text);
  });
});

describe("the code of a mail", () => {
  const mail = { to: "a@example.com", text: "Your code is 123456.\n", sentAt: "2026-01-01T00:00:05Z" };

  it("is that of the latest mail to the address", () => {
    const older = { ...mail, text: "Your code is 999999.", sentAt: "2026-01-01T00:00:01Z" };
    expect(findMailedCode([mail, older], "a@example.com", new Date("2026-01-01T00:00:02Z"))).toBe("123456");
  });

  it("is not that of an older request or another address", () => {
    expect(findMailedCode([mail], "a@example.com", new Date("2026-01-01T00:00:06Z"))).toBeNull();
    expect(findMailedCode([mail], "b@example.com", new Date("2026-01-01T00:00:00Z"))).toBeNull();
    expect(findMailedCode([], "a@example.com", new Date(0))).toBeNull();
  });
});
