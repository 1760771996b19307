// The clients that single-page applications use: Apollo, urql and graphql-request.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { GraphQLClient } from "graphql-request";
import { createClient } from "graphql-ws";
import { createHash } from "node:crypto";

import { Suite, assert } from "./suite.mjs";

const TICKS = "subscription { ticks(count: 3) }";

export function apollo({ http, ws }) {
  const suite = new Suite("@apollo/client");
  const over = (link) => new ApolloClient({ link, cache: new InMemoryCache() });
  const plain = () => over(new HttpLink({ uri: http }));

  suite.check("a query", async () => {
    const { data } = await plain().query({ query: gql`{ hello }` });
    assert.deepEqual(data, { hello: "world" });
  });

  suite.check("a mutation", async () => {
    const { data } = await plain().mutate({
      mutation: gql`mutation { rename(title: "Emma") { title } }`,
    });
    assert.equal(data.rename.title, "Emma");
  });

  suite.check("an error with its code", async () => {
    const answer = await plain().query({ query: gql`{ refusal }`, errorPolicy: "all" });
    assert.equal(answer.error.errors[0].extensions.code, "FORBIDDEN");
  });

  suite.check("a multipart subscription", async () => {
    assert.deepEqual(await events(plain()), [0, 1, 2]);
  });

  suite.check("a subscription over WebSocket", async () => {
    const socket = createClient({ url: ws });
    assert.deepEqual(await events(over(new GraphQLWsLink(socket))), [0, 1, 2]);
    await socket.dispose();
  });

  suite.check("automatic persisted queries, by GET the second time too", async () => {
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    const asked = [];
    const link = ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
      new HttpLink({
        uri: http,
        fetch: (url, options) => {
          asked.push(options.method);
          return fetch(url, options);
        },
      }),
    ]);
    const query = gql`{ echo(text: "persisted") }`;
    for (let round = 0; round < 2; round += 1) {
      const { data } = await over(link).query({ query, fetchPolicy: "no-cache" });
      assert.deepEqual(data, { echo: "persisted" });
    }
    assert.deepEqual(asked, ["GET", "POST", "GET"]);
  });
  return suite;
}

function events(client) {
  return new Promise((resolve, reject) => {
    const seen = [];
    client.subscribe({ query: gql(TICKS) }).subscribe({
      next: ({ data, error }) => (error ? reject(error) : seen.push(data.ticks)),
      error: reject,
      complete: () => resolve(seen),
    });
  });
}

export function urql({ http, ws }) {
  const suite = new Suite("@urql/core");
  const over = (exchanges, options = {}) => new Client({ url: http, exchanges, ...options });

  suite.check("a query while event streams are on", async () => {
    const answer = await over([fetchExchange]).query("{ hello }", {}).toPromise();
    assert.deepEqual([answer.data, answer.error], [{ hello: "world" }, undefined]);
  });

  suite.check("a mutation", async () => {
    const answer = await over([fetchExchange])
      .mutation("mutation ($title: String!) { rename(title: $title) { title } }", { title: "Emma" })
      .toPromise();
    assert.equal(answer.data.rename.title, "Emma");
  });

  suite.check("an error with its code", async () => {
    const answer = await over([fetchExchange]).query("{ refusal }", {}).toPromise();
    assert.equal(answer.error.graphQLErrors[0].extensions.code, "FORBIDDEN");
  });

  suite.check("a subscription over fetch", async () => {
    const client = over([fetchExchange], { fetchSubscriptions: true });
    assert.deepEqual(await heard(client), [0, 1, 2]);
  });

  suite.check("a subscription over WebSocket", async () => {
    const socket = createClient({ url: ws });
    const exchange = subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
      }),
    });
    assert.deepEqual(await heard(over([exchange])), [0, 1, 2]);
    await socket.dispose();
  });
  return suite;
}

function heard(client) {
  return new Promise((resolve, reject) => {
    const seen = [];
    client.subscription(TICKS, {}).subscribe((result) => {
      if (result.error) reject(result.error);
      else seen.push(result.data.ticks);
      if (seen.length === 3) resolve(seen);
    });
  });
}

export function graphqlRequest({ http }) {
  const suite = new Suite("graphql-request");
  const client = new GraphQLClient(http);

  suite.check("a query with variables", async () => {
    const data = await client.request("query ($text: String) { echo(text: $text) }", { text: "é" });
    assert.deepEqual(data, { echo: "é" });
  });

  suite.check("a mutation", async () => {
    const data = await client.request('mutation { rename(title: "Emma") { title } }');
    assert.equal(data.rename.title, "Emma");
  });

  suite.check("an error with its code", async () => {
    await assert.rejects(client.request("{ refusal }"), (error) => {
      assert.equal(error.response.errors[0].extensions.code, "FORBIDDEN");
      return true;
    });
  });
  return suite;
}
