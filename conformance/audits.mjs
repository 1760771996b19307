// The audits of the graphql-http package, each one check.

import { serverAudits } from "graphql-http";

import { Suite, assert } from "./suite.mjs";

export function audits({ http }, how = "compiled") {
  const suite = new Suite(`graphql-http audits, ${how}`);
  for (const audit of serverAudits({ url: http })) {
    suite.check(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, "ok", result.reason);
    });
  }
  return suite;
}
