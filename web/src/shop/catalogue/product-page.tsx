// A product's own page.

import { Heading } from "../../shared/notices";
import type { PageProps } from "../router/routes";

/** The product with the handle in the address. */
export function ProductPage({ handle }: PageProps) {
  return <Heading>{handle}</Heading>;
}
