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

const PARAMETER_NAMES: Readonly<Record<string, string>> = { authorization: "authorization", "x-client-id": "clientId" };

/** A socket's parameters, from the headers typed into the editor: browsers' sockets have no headers. */
export function connectionParams(headers: Headers): Record<string, string> {
  const parameters = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const parameter = PARAMETER_NAMES[name.toLowerCase()];
    return parameter !== undefined && typeof value === "string" ? [[parameter, value]] : [];
  });
  return Object.fromEntries(parameters);
}

function parseDocument(text: string): DocumentNode | null {
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
export function findSubscription(text: string, name: string | null | undefined): DocumentNode | null {
  const document = parseDocument(text);
  const operation = document === null ? null : getOperationAST(document, name);
  return operation?.operation === OperationTypeNode.SUBSCRIPTION ? document : null;
}

/**
 * A fetcher for the gateway that served `page`, which passes each result by HTTP to `onResult`. Each subscription has
 * its own socket, hence its own caller.
 */
export function gatewayFetcher(page: string, onResult: (result: ExecutionResult) => void = () => undefined): Fetcher {
  const url = endpoint(page);
  const httpFetcher = createGraphiQLFetcher({ url, enableIncrementalDelivery: false });
  const fetchOverHttp: Fetcher = async (parameters, options) => {
    const result = (await httpFetcher(parameters, options)) as ExecutionResult;
    onResult(result);
    return result;
  };
  return (parameters, options) => {
    const documentAST = findSubscription(parameters.query, parameters.operationName);
    if (documentAST === null) return fetchOverHttp(parameters, options);
    const wsClient = createClient({ url: socketEndpoint(page), connectionParams: connectionParams(options?.headers ?? {}) });
    return createGraphiQLFetcher({ url, wsClient })(parameters, { ...options, documentAST });
  };
}
