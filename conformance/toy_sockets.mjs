// graphql-transport-ws with the graphql-ws client, and its close codes with a bare socket.

import { createClient } from "graphql-ws";

import { Suite, assert } from "./suite.mjs";

export function sockets({ ws }) {
  const suite = new Suite("graphql-ws");
  const connect = (options = {}) => createClient({ url: ws, retryAttempts: 0, ...options });

  suite.check("a subscription from its first to its last event", async () => {
    const client = connect();
    const seen = [];
    for await (const result of client.iterate({ query: "subscription { ticks(count: 3) }" })) {
      seen.push(result.data.ticks);
    }
    assert.deepEqual(seen, [0, 1, 2]);
    await client.dispose();
  });

  suite.check("queries and mutations on the same socket, fresh after a change", async () => {
    const client = connect();
    const ask = async (query) => (await client.iterate({ query }).next()).value;
    await ask('mutation { rename(title: "Persuasion") { title } }');
    assert.deepEqual(await ask("{ book { title } }"), {
      data: { book: { title: "Persuasion" } },
    });
    await client.dispose();
  });

  suite.check("a syntax error ends one operation, not the socket", async () => {
    const client = connect();
    const going = client.iterate({ query: "subscription { ticks(count: 3, everyMs: 50) }" });
    assert.equal((await going.next()).value.data.ticks, 0);
    await assert.rejects(client.iterate({ query: "{" }).next(), (errors) => {
      assert.equal(errors[0].extensions.code, "GRAPHQL_PARSE_FAILED");
      return true;
    });
    assert.equal((await going.next()).value.data.ticks, 1);
    await client.dispose();
  });

  suite.check("a subscription can be left early", async () => {
    const client = connect();
    const going = client.iterate({ query: "subscription { ticks(count: 1000, everyMs: 5) }" });
    await going.next();
    await going.return();
    const answer = await client.iterate({ query: "{ hello }" }).next();
    assert.deepEqual(answer.value, { data: { hello: "world" } });
    await client.dispose();
  });

  suite.check("the payload of connection_init is the identity", async () => {
    const client = connect({ connectionParams: { authorization: "ann" } });
    const answer = await client.iterate({ query: "{ viewer }" }).next();
    assert.deepEqual(answer.value, { data: { viewer: "ann" } });
    await client.dispose();
  });

  for (const [title, code, protocol, messages] of [
    ["no JSON", 4400, undefined, ["{"]],
    ["a list", 4400, undefined, ["[]"]],
    ["an unknown type", 4400, undefined, ['{"type":"start"}']],
    ["an operation before the acknowledgement", 4401, undefined, [subscribe("1")]],
    ["a refused identity", 4403, undefined, [init({ authorization: "bad" })]],
    ["the legacy protocol", 4406, "graphql-ws", []],
    ["an id twice", 4409, undefined, [init(), subscribe("1"), subscribe("1")]],
    ["a second init", 4429, undefined, [init(), init()]],
  ]) {
    suite.check(`${title} closes with ${code}`, async () => {
      assert.equal(await closeCode(ws, protocol ?? "graphql-transport-ws", messages), code);
    });
  }
  return suite;
}

function init(payload) {
  return JSON.stringify({ type: "connection_init", payload });
}

function subscribe(id) {
  const query = "subscription { ticks(count: 1000, everyMs: 20) }";
  return JSON.stringify({ id, type: "subscribe", payload: { query } });
}

function closeCode(url, protocol, messages) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocol);
    socket.addEventListener("open", () => messages.forEach((each) => socket.send(each)));
    socket.addEventListener("close", (event) => resolve(event.code));
  });
}
