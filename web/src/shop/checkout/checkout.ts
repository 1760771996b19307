// Buying a cart: what is asked, and what is sent.

import type { AddressInput, CartCheckoutInput, DestinationInput } from "../../generated/shop";
import type { UserError } from "../../shared/address";
import type { Guards } from "../one_click/purchase";

/** Who buys: somebody signed in, by what they saved, or a guest. */
export type Buyer =
  | { readonly kind: "purchaser"; readonly addressId: string; readonly paymentMethodId: string; readonly enableOneClick: boolean }
  | {
      readonly kind: "guest";
      readonly email: string;
      readonly address: AddressInput;
      readonly providerToken: string;
      readonly confirmWarnings: boolean;
    };

/** What was shown of the cart when the button was pressed. */
export interface ShownCart extends Guards {
  readonly cartId: string;
  readonly expectedVersion: number;
}

/** The request. The guards go with it always: nobody pays more than was shown. */
export function checkoutInput(cart: ShownCart, buyer: Buyer, idempotencyKey: string): CartCheckoutInput {
  if (buyer.kind === "purchaser") {
    const { addressId, paymentMethodId, enableOneClick } = buyer;
    return { ...cart, idempotencyKey, addressId, paymentMethodId, enableOneClick };
  }
  const { email, address, providerToken, confirmWarnings } = buyer;
  return { ...cart, idempotencyKey, guest: { email: email.trim(), address, providerToken, confirmWarnings } };
}

interface Place {
  readonly country: string;
  readonly region?: string | null | undefined;
  readonly postalCode?: string | null | undefined;
  readonly city?: string | null | undefined;
}

/** The part of an address that tax and shipping depend on. */
export function destinationInput({ country, region, postalCode, city }: Place): DestinationInput {
  return { country, region: region ?? null, postalCode: postalCode ?? null, city: city ?? null };
}

/** Whether the cart is priced for where it goes, so that nothing has to be asked before the totals are shown. */
export function isPricedFor(destination: Place | null, place: Place): boolean {
  if (destination === null) return false;
  const parts = (of: Place): readonly string[] => [of.country, of.region ?? "", of.postalCode ?? "", of.city ?? ""];
  const [priced, wanted] = [parts(destination), parts(place)];
  return priced.every((part, index) => part.toUpperCase() === (wanted[index] ?? "").toUpperCase());
}

/** User errors about a guest's address, with the paths that an address form knows. */
export function guestAddressErrors(userErrors: readonly UserError[]): readonly UserError[] {
  return userErrors.map((error) => ({
    ...error,
    field: error.field === null ? null : error.field.filter((name) => name !== "guest"),
  }));
}
