import { describe, expect, it } from "vitest";
import { finishAddress, parseReturnPath, parseTask, returnAddress } from "../src/pay/address";
import { parseBankUrl } from "../src/pay/payment";
import { describeStripeError } from "../src/pay/stripe";
import { cardEntryUrl, parseCardReturn } from "../src/shop/account/card-return";

const TOKEN = "pay_0123456789abcdef";

describe("the way back", () => {
  it.each(["/shop", "/shop/checkout", "/shop/give/var_1?quantity=2"])("may lead to %s", (path) => {
    expect(parseReturnPath(path)).toBe(path);
    expect(new URL(path, "https://shop.example").origin).toBe("https://shop.example");
  });

  it.each([
    null,
    "",
    "shop",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/a\n//evil.example",
    "/shop#pm_1",
    `/${"a".repeat(501)}`,
  ])("never leads to %j", (path) => {
    expect(parseReturnPath(path)).toBeNull();
  });

  it("brings a card back in the fragment, which no server sees", () => {
    expect(returnAddress("/shop/checkout", { kind: "providerToken", value: "pm_1" })).toBe(
      "/shop/checkout#providerToken=pm_1",
    );
    expect(returnAddress("/shop", { kind: "paymentMethodId", value: "pay_a+b" })).toBe("/shop#paymentMethodId=pay_a%2Bb");
    expect(returnAddress("/shop", { kind: "none" })).toBe("/shop");
  });
});

describe("the address of the page", () => {
  it("names a payment by its fragment, or by the bank's way back", () => {
    expect(parseTask({ search: "?return=/shop", hash: `#${TOKEN}` })).toEqual({ kind: "confirmation", token: TOKEN });
    expect(parseTask({ search: `?payment=${TOKEN}`, hash: "" })).toEqual({ kind: "confirmation", token: TOKEN });
    expect(parseTask({ search: "", hash: "#cut" })).toEqual({ kind: "confirmation", token: "" });
  });

  it("asks for a card without one", () => {
    expect(parseTask({ search: "?return=/shop", hash: "" })).toEqual({ kind: "cardEntry", saves: false, setupId: null });
    expect(parseTask({ search: "?return=/shop&save=1&setup_intent=seti_1", hash: "" })).toEqual({
      kind: "cardEntry",
      saves: true,
      setupId: "seti_1",
    });
    expect(parseTask({ search: "?setup_intent=evil", hash: "" })).toMatchObject({ setupId: null });
  });

  it("leads from the bank to the return page", () => {
    const root = new URL("https://shop.example/under/");
    expect(finishAddress(root, TOKEN, "/shop")).toBe(`https://shop.example/under/pay/return?payment=${TOKEN}&return=%2Fshop`);
    expect(finishAddress(root, TOKEN, null)).toBe(`https://shop.example/under/pay/return?payment=${TOKEN}`);
  });

  it("goes to a bank on the web only", () => {
    expect(parseBankUrl("https://bank.example/1")).toBe("https://bank.example/1");
    expect(parseBankUrl("javascript:alert(1)")).toBeNull();
    expect(parseBankUrl(null)).toBeNull();
  });
});

describe("what Stripe says", () => {
  it("is for the buyer where a card is refused", () => {
    expect(describeStripeError({ type: "card_error", message: "Your card has expired." })).toBe("Your card has expired.");
    expect(describeStripeError({ type: "validation_error", message: "Incomplete." })).toBe("Incomplete.");
    const code = "payment_intent_authentication_failure";
    expect(describeStripeError({ type: "invalid_request_error", code, message: "It failed." })).toBe("It failed.");
  });

  it.each([
    {},
    { type: "card_error", message: "" },
    { type: "invalid_request_error", code: "resource_missing", message: "No such payment_intent: 'pi_1'" },
    { type: "api_connection_error", message: "Please let us know at support@stripe.com." },
  ])("is not shown where it is for who wrote the page: %j", (error) => {
    expect(describeStripeError(error)).toMatch(/Nothing was charged: try again/);
  });
});

describe("coming back to the shop", () => {
  const kept = JSON.stringify({ page: "/shop/checkout", kept: { cartId: "cart_1" } });

  it("finds the card and what was typed", () => {
    expect(parseCardReturn("#providerToken=pm_1", kept, "/shop/checkout")).toEqual({
      providerToken: "pm_1",
      paymentMethodId: null,
      mustSignIn: false,
      paymentFailure: null,
      kept: { cartId: "cart_1" },
    });
  });

  it("gives nothing to another page, and takes no token that is none", () => {
    expect(parseCardReturn("#providerToken=sim_ok", kept, "/shop").providerToken).toBeNull();
    expect(parseCardReturn("", kept, "/shop").kept).toBeNull();
    expect(parseCardReturn("", "{", "/shop").kept).toBeNull();
    expect(parseCardReturn("#signIn=1", null, "/shop").mustSignIn).toBe(true);
  });

  it.each(["refused", "expired"] as const)("learns that a payment was %s, and nothing else of it", (value) => {
    const fragment = returnAddress("/shop/checkout", { kind: "payment", value }).replace("/shop/checkout", "");
    expect(parseCardReturn(fragment, null, "/shop/checkout").paymentFailure).toBe(value);
    expect(parseCardReturn("#payment=confirmed", null, "/shop/checkout").paymentFailure).toBeNull();
  });

  it("leaves for the page of card entry", () => {
    const root = new URL("https://shop.example/");
    expect(cardEntryUrl(root, "/shop/checkout", true)).toBe("https://shop.example/pay?return=%2Fshop%2Fcheckout&save=1");
    expect(cardEntryUrl(root, "/shop/checkout", false)).toBe("https://shop.example/pay?return=%2Fshop%2Fcheckout");
  });
});
