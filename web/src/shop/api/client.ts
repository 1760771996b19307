// The client of the API: queries and mutations by HTTP, subscriptions by WebSocket.

import {
  Client,
  createRequest,
  fetchExchange,
  ssrExchange,
  subscriptionExchange,
  type Exchange,
  type ExecutionResult,
  type SubscriptionOperation,
} from "@urql/core";
import { createClient as createSocketClient } from "graphql-ws";
import firstList from "../catalogue/first-list.json";
import { FirstPageDocument } from "../../generated/shop";
import { gatewayRoot } from "../../shared/root";
import { createCache } from "./cache";
import { watchSocket } from "./socket-watch";

const REQUEST_TIMEOUT_MS = 20_000;

/** The address of the API. */
export function endpoint(): string {
  return new URL("graphql", gatewayRoot()).href;
}

function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** The answer that the gateway put into the page: the first list and the collections. Null where there is none. */
function readFirstAnswer(): string | null {
  const text = document.getElementById("first-list")?.textContent ?? "";
  return text === "" ? null : text;
}

/** Answers the page's first request from the page itself, once. */
function firstAnswerExchange(answer: string): Exchange {
  const { key } = createRequest(FirstPageDocument, firstList.variables);
  return ssrExchange({ isClient: true, initialState: { [String(key)]: { data: answer } } });
}

/**
 * Sockets are opened by the first subscription and closed after the last. Their code comes with the page's: loaded when
 * it is needed, it would be missing for good to a reader who loses the network at that moment.
 */
function createSubscriptions(token: string | null): Exchange {
  const sockets = createSocketClient({
    url: endpoint().replace(/^http/, "ws"),
    connectionParams: authorization(token),
    // Whoever follows something asks again, for what came after the last event it saw.
    retryAttempts: 0,
    ...watchSocket(window),
  });
  return subscriptionExchange({
    forwardSubscription: ({ query, variables }: SubscriptionOperation) => ({
      subscribe: (sink) => ({
        unsubscribe: sockets.subscribe(
          { query: query ?? "", variables: variables ?? null },
          { next: (result) => { sink.next(result as ExecutionResult); }, error: sink.error, complete: sink.complete },
        ),
      }),
    }),
  });
}

/** A client for the caller with `token`, with an empty cache: what one person saw is not shown to the next. */
export function createShopClient(token: string | null): Client {
  // It was made for the caller that the browser's cookie names, who sees less than one who is signed in.
  const firstAnswer = token === null ? readFirstAnswer() : null;
  const client = new Client({
    url: endpoint(),
    preferGetMethod: false,
    fetchOptions: () => ({
      headers: authorization(token),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }),
    exchanges: [
      createCache(),
      ...(firstAnswer === null ? [] : [firstAnswerExchange(firstAnswer)]),
      fetchExchange,
      createSubscriptions(token),
    ],
  });
  // Into the cache, where the list and the collections' links find it.
  if (firstAnswer !== null) client.readQuery(FirstPageDocument, firstList.variables);
  return client;
}
