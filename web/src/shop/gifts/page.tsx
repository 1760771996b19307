// Your gifts.

import { Heading } from "../../shared/notices";

/** The page. */
export function GiftsPage() {
  return <Heading>Your gifts</Heading>;
}
