// A collection's own page.

import { Heading } from "../../shared/notices";
import type { PageProps } from "../router/routes";

/** The collection with the handle in the address. */
export function CollectionPage({ handle }: PageProps) {
  return <Heading>{handle}</Heading>;
}
