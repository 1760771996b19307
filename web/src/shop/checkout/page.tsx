// Checkout.

import { Heading } from "../../shared/notices";

/** The page. */
export function CheckoutPage() {
  return <Heading>Checkout</Heading>;
}
