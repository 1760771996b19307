// Your orders.

import { Heading } from "../../shared/notices";

/** The page. */
export function OrdersPage() {
  return <Heading>Your orders</Heading>;
}
