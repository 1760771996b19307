// A device with each of the clients that shops use: it keeps its identifier and its token, asks, and
// follows subscriptions the way its client does.

import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { GraphQLClient } from "graphql-request";
import { createClient } from "graphql-ws";

class Device {
  identifier = null;
  token = null;

  // `fetch` that sends what the device keeps, and keeps a new identifier.
  fetch = async (url, options) => {
    const headers = new Headers(options.headers);
    if (this.identifier) headers.set("x-client-id", this.identifier);
    if (this.token) headers.set("authorization", `Bearer ${this.token}`);
    const answer = await fetch(url, { ...options, headers });
    this.identifier = answer.headers.get("x-client-id") ?? this.identifier;
    return answer;
  };
}

// Over multipart.
class ApolloDevice extends Device {
  constructor({ http }) {
    super();
    const link = new HttpLink({ uri: http, fetch: this.fetch });
    this.client = new ApolloClient({ link, cache: new InMemoryCache() });
  }

  async ask(document, variables = {}) {
    const parsed = gql(document);
    const mutates = parsed.definitions.some(({ operation }) => operation === "mutation");
    const { data } = mutates
      ? await this.client.mutate({ mutation: parsed, variables })
      : await this.client.query({ query: parsed, variables, fetchPolicy: "no-cache" });
    return data;
  }

  follow(document, variables) {
    return following((sink) => {
      const events = this.client.subscribe({ query: gql(document), variables });
      const next = ({ data, error }) => (error ? sink.error(error) : sink.next(data));
      return events.subscribe({ ...sink, next });
    });
  }
}

// Over server-sent events.
class UrqlDevice extends Device {
  constructor({ http }) {
    super();
    this.client = new Client({
      // A secret link's token must not stand in an address.
      preferGetMethod: false,
      url: http,
      fetch: this.fetch,
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
    });
  }

  // It sends queries by GET unless told otherwise, which would put a secret into an address.
  async ask(document, variables = {}, { secret = false } = {}) {
    const mutates = document.trimStart().startsWith("mutation");
    const { data, error } = await (mutates
      ? this.client.mutation(document, variables)
      : this.client.query(document, variables, secret ? { preferGetMethod: false } : {})
    ).toPromise();
    if (error) throw error;
    return data;
  }

  follow(document, variables) {
    let last = null;
    return following((sink) =>
      this.client.subscription(document, variables).subscribe(({ data, error, hasNext }) => {
        if (error) sink.error(error);
        // The end of a stream repeats what was heard last.
        else if (data !== last) sink.next((last = data));
        if (hasNext === false) sink.complete();
      }),
    );
  }
}

// graphql-request knows no subscriptions: graphql-ws beside it, over WebSocket.
class RequestDevice extends Device {
  constructor({ http, ws }) {
    super();
    this.ws = ws;
    this.client = new GraphQLClient(http, { fetch: this.fetch });
  }

  ask(document, variables = {}) {
    return this.client.request(document, variables);
  }

  follow(query, variables) {
    const socket = createClient({
      url: this.ws,
      connectionParams: { authorization: `Bearer ${this.token}`, clientId: this.identifier },
    });
    return following((sink) => {
      const next = ({ data, errors }) => (errors ? sink.error(errors) : sink.next(data));
      const unsubscribe = socket.subscribe({ query, variables }, { ...sink, next });
      return { unsubscribe: () => (unsubscribe(), socket.dispose()) };
    });
  }
}

export const devices = {
  "@apollo/client": ApolloDevice,
  "@urql/core": UrqlDevice,
  "graphql-request": RequestDevice,
};

// What a subscription has said so far. `until` resolves once an event is as wanted, `end` with it.
function following(subscribe) {
  const seen = [];
  const waiting = [];
  const look = () => waiting.forEach((each) => each());
  const said = { seen, ended: false, failed: null };
  const { unsubscribe } = subscribe({
    next: (data) => (seen.push(data), look()),
    error: (error) => ((said.failed = error), look()),
    complete: () => ((said.ended = true), look()),
  });
  const when = (holds) =>
    new Promise((resolve, reject) => {
      const check = () => {
        if (said.failed) reject(new Error(JSON.stringify(said.failed), { cause: said.failed }));
        else if (holds()) resolve(seen);
      };
      waiting.push(check);
      check();
    });
  return {
    until: (wanted) => when(() => seen.some(wanted)),
    end: () => when(() => said.ended),
    stop: unsubscribe,
  };
}
