// What is shown at an address that leads nowhere.

import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { PageHeading } from "../ui/page-heading";

/** There is nothing at this address. */
export function MissingPage() {
  return (
    <section class="panel">
      <PageHeading>There is nothing here</PageHeading>
      <p class="lead">The address may be misspelt, or what stood here is no longer sold.</p>
      <p>
        <Link href={pageAddress()}>See all products</Link>
      </p>
    </section>
  );
}
