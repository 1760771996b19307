// What is shown at an address that leads nowhere.

import { Heading } from "../../shared/notices";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";

/** There is nothing at this address. */
export function MissingPage() {
  return (
    <section class="panel">
      <Heading>There is nothing here</Heading>
      <p class="lead">The address may be misspelt, or what stood here is no longer sold.</p>
      <p>
        <Link href={pageAddress()}>See all products</Link>
      </p>
    </section>
  );
}
