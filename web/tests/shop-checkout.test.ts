import { describe, expect, test } from "vitest";
import { checkoutInput, destinationInput, guestAddressErrors, isPricedFor } from "../src/shop/checkout/checkout";

describe("a checkout", () => {
  const cart = { cartId: "crt_1", expectedVersion: 3, expectedTotal: "36.54", expectedDue: "11.54" };
  const address = { name: "Sam Guest", country: "US", lines: ["100 Castro Street"] };

  test("of somebody signed in names what they saved", () => {
    const buyer = { kind: "purchaser", addressId: "adr_1", paymentMethodId: "pm_1", enableOneClick: true } as const;
    expect(checkoutInput(cart, buyer, "key")).toEqual({
      ...cart,
      idempotencyKey: "key",
      addressId: "adr_1",
      paymentMethodId: "pm_1",
      enableOneClick: true,
    });
  });

  test("of a guest brings everything", () => {
    const buyer = { kind: "guest", email: " sam@example.com ", address, providerToken: "sim_ok", confirmWarnings: false } as const;
    expect(checkoutInput(cart, buyer, "key")).toEqual({
      ...cart,
      idempotencyKey: "key",
      guest: { email: "sam@example.com", address, providerToken: "sim_ok", confirmWarnings: false },
    });
  });

  test("asks for prices where the cart is priced for another place", () => {
    const place = { country: "US", region: "CA", postalCode: "94043", city: "Mountain View" };
    expect(isPricedFor(null, place)).toBe(false);
    expect(isPricedFor(place, { ...place, city: "mountain view" })).toBe(true);
    expect(isPricedFor(place, { ...place, postalCode: "10001" })).toBe(false);
    expect(isPricedFor({ country: "GB", region: null }, { country: "GB" })).toBe(true);
    expect(destinationInput({ country: "GB" })).toEqual({ country: "GB", region: null, postalCode: null, city: null });
  });

  test("shows a guest what is wrong next to its field", () => {
    const error = { code: "ADDRESS_INSUFFICIENT", field: ["input", "guest", "address", "city"], message: "Unknown." } as const;
    expect(guestAddressErrors([error, { ...error, field: null }])).toEqual([
      { ...error, field: ["input", "address", "city"] },
      { ...error, field: null },
    ]);
  });
});
