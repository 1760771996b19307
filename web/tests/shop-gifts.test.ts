import { describe, expect, test } from "vitest";
import { checkGift, EMPTY_GIFT, giftFieldAt, giftInput, recipientInput, splitGiftErrors } from "../src/shop/gifts/draft";
import { giftCost, giftEventTitle, giverRequest, isGiftCancellable, isGiftEnded } from "../src/shop/gifts/wording";

const TERMS = {
  variantId: "var_1",
  quantity: 1,
  isAnonymous: false,
  paymentMethodId: "pm_1",
  chargeCap: "38.95",
  idempotencyKey: "key",
};

describe("a gift to order", () => {
  test("sends what was typed and nothing else", () => {
    const draft = { ...EMPTY_GIFT, name: " Robin ", email: "robin@example.com", message: "For you.", from: "Grace" };
    expect(giftInput(draft, TERMS)).toEqual({
      variantId: "var_1",
      quantity: 1,
      paymentMethodId: "pm_1",
      chargeCap: "38.95",
      idempotencyKey: "key",
      recipients: [{ name: "Robin", email: "robin@example.com", phone: null, postal: null, hints: null }],
      from: "Grace",
      message: "For you.",
      anonymous: false,
    });
  });

  test("has no giver's name where it is anonymous", () => {
    const input = giftInput({ ...EMPTY_GIFT, email: "robin@example.com", from: "Grace" }, { ...TERMS, isAnonymous: true });
    expect([input.from, input.anonymous]).toEqual([null, true]);
  });

  test("may know a part of the address", () => {
    expect(recipientInput({ ...EMPTY_GIFT, city: "Portland", line: "1 Main Street" }).postal).toEqual({
      country: null,
      region: null,
      city: "Portland",
      postalCode: null,
      lines: ["1 Main Street"],
    });
  });

  test("needs a way to reach somebody", () => {
    expect(checkGift({ ...EMPTY_GIFT, name: "Robin" })).toEqual({
      email: "Give an e-mail address or a phone number, or their name and full address.",
    });
    expect(checkGift({ ...EMPTY_GIFT, phone: "+14155552671" })).toEqual({});
    expect(checkGift({ ...EMPTY_GIFT, name: "Robin", country: "US", line: "1 Main Street" })).toEqual({});
  });

  test("shows errors next to their field", () => {
    expect(giftFieldAt(["input", "recipients", "0", "phone"])).toBe("phone");
    expect(giftFieldAt(["input", "recipients", "0", "postal", "postalCode"])).toBe("postalCode");
    expect(giftFieldAt(["input", "recipients", "0", "postal", "lines", "0"])).toBe("line");
    expect(giftFieldAt(["input", "recipients"])).toBe("email");
    expect(giftFieldAt(["input", "chargeCap"])).toBeNull();
    expect(giftFieldAt(null)).toBeNull();
    const errors = [
      { code: "INVALID_INPUT", field: ["input", "message"], message: "Too long." },
      { code: "OUT_OF_STOCK", field: null, message: "Sold out." },
    ] as const;
    expect(splitGiftErrors(errors)).toEqual({ fieldErrors: { message: "Too long." }, formErrors: ["Sold out."] });
  });
});

describe("a gift on its way", () => {
  test("costs from where to where until it is known", () => {
    const [low, high] = [{ formatted: "$19.95" }, { formatted: "$38.95" }];
    expect(giftCost({ low, high, final: null })).toBe("$19.95 to $38.95");
    expect(giftCost({ low, high: low, final: null })).toBe("$19.95");
    expect(giftCost({ low, high, final: { formatted: "$21.25" } })).toBe("$21.25");
  });

  test("asks its giver for what is missing", () => {
    expect(giverRequest("nothing_found")).toBe("recipient");
    expect(giverRequest("over_cap")).toBe("charges");
    expect(giverRequest("charge_refused")).toBe("payment");
  });

  test("can be called off until it leaves", () => {
    expect(isGiftCancellable("RESOLVED")).toBe(true);
    expect(isGiftCancellable("DISPATCHED")).toBe(false);
    expect(isGiftEnded("DELIVERED")).toBe(true);
    expect(isGiftEnded("AWAITING_GIVER")).toBe(false);
  });

  test("says what happened, also what is new", () => {
    expect(giftEventTitle("bounce")).toBe("A message could not be delivered");
    expect(giftEventTitle("sent_to_moon")).toBe("sent to moon");
  });
});
