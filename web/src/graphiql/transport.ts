// How GraphiQL talks to the gateway: operations by HTTP, subscriptions by graphql-transport-ws.

import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { getOperationAST, OperationTypeNode, parse, type DocumentNode, type ExecutionResult } from "graphql";
import { createClient } from "graphql-ws";

type Headers = Readonly<Record<string, unknown>>;

/** The gateway's endpoint: this very page's address. */
export function endpoint(page: string): string {
  const url = new URL(page);
  url.search = "";
  url.hash = "";
  return url.href;
}

/** The same address for WebSockets. */
export function socketEndpoint(page: string): string {
  return endpoint(page).replace(/^http/, "ws");
}

/** What a socket says of the caller, from the headers typed into the editor: browsers' sockets have no headers. */
export function connectionParams(headers: Headers): Record<string, string> {
  const known: Readonly<Record<string, string>> = { authorization: "authorization", "x-client-id": "clientId" };
  const named = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const parameter = known[name.toLowerCase()];
    return parameter !== undefined && typeof value === "string" ? [[parameter, value]] : [];
  });
  return Object.fromEntries(named);
}

function parsed(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/**
 * The document, if the operation to run is a subscription. Decided by the text: the editor's own analysis lags behind a
 * reader who types and runs at once.
 */
export function subscription(text: string, name: string | null | undefined): DocumentNode | null {
  const document = parsed(text);
  const operation = document === null ? null : getOperationAST(document, name);
  return operation?.operation === OperationTypeNode.SUBSCRIPTION ? document : null;
}

/**
 * A fetcher for the gateway that served `page`, which tells of each answer by HTTP. Each subscription has its own
 * socket, hence its own caller.
 */
export function gatewayFetcher(page: string, tell: (answer: ExecutionResult) => void = () => undefined): Fetcher {
  const url = endpoint(page);
  const asked = createGraphiQLFetcher({ url, enableIncrementalDelivery: false });
  const overHttp: Fetcher = async (parameters, options) => {
    const answer = (await asked(parameters, options)) as ExecutionResult;
    tell(answer);
    return answer;
  };
  return (parameters, options) => {
    const documentAST = subscription(parameters.query, parameters.operationName);
    if (documentAST === null) return overHttp(parameters, options);
    const wsClient = createClient({ url: socketEndpoint(page), connectionParams: connectionParams(options?.headers ?? {}) });
    return createGraphiQLFetcher({ url, wsClient })(parameters, { ...options, documentAST });
  };
}
