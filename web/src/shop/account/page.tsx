// Your account.

import { Heading } from "../../shared/notices";

/** The page. */
export function AccountPage() {
  return <Heading>Your account</Heading>;
}
