// Server-sent events with the graphql-sse client.

import { createClient } from "graphql-sse";

import { Suite, assert } from "./suite.mjs";

export function streams({ http }) {
  const suite = new Suite("graphql-sse");
  const connect = (options = {}) => createClient({ url: http, retryAttempts: 0, ...options });

  suite.check("a subscription from its first to its last event", async () => {
    const seen = [];
    const query = "subscription { ticks(count: 3) }";
    for await (const result of connect().iterate({ query })) {
      seen.push(result.data.ticks);
    }
    assert.deepEqual(seen, [0, 1, 2]);
  });

  suite.check("a query as a stream of one", async () => {
    const seen = [];
    for await (const result of connect().iterate({ query: "{ hello }" })) {
      seen.push(result);
    }
    assert.deepEqual(seen, [{ data: { hello: "world" } }]);
  });

  suite.check("a validation error as a result", async () => {
    const { value } = await connect().iterate({ query: "subscription { nothing }" }).next();
    assert.equal(value.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  });

  suite.check("headers are the identity", async () => {
    const client = connect({ headers: { authorization: "ann" } });
    const { value } = await client.iterate({ query: "{ viewer }" }).next();
    assert.deepEqual(value, { data: { viewer: "ann" } });
  });

  suite.check("a stream can be left early", async () => {
    const query = "subscription { ticks(count: 1000, everyMs: 5) }";
    const going = connect().iterate({ query });
    assert.equal((await going.next()).value.data.ticks, 0);
    await going.return();
  });
  return suite;
}
