// How GraphiQL talks to the gateway: operations by HTTP, subscriptions by graphql-transport-ws.

import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { getOperationAST, OperationTypeNode, parse, type DocumentNode, type ExecutionResult } from "graphql";
import { createClient } from "graphql-ws";
import { withBearer } from "./session";

/** An answer by HTTP: the operation's name and variables, what came, and when it was asked for. */
export interface HttpAnswer {
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly result: ExecutionResult;
  readonly sentAt: Date;
}

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
 * A fetcher for the gateway that served `page`, which passes each answer by HTTP to `onAnswer`. Each subscription has
 * its own socket, hence its own caller.
 */
export function gatewayFetcher(page: string, onAnswer: (answer: HttpAnswer) => void = () => undefined): Fetcher {
  const url = endpoint(page);
  const httpFetcher = createGraphiQLFetcher({ url, enableIncrementalDelivery: false });
  const fetchOverHttp: Fetcher = async (parameters, options) => {
    const sentAt = new Date();
    const headers = withBearer(options?.headers ?? {});
    const result = (await httpFetcher(parameters, { ...options, headers })) as ExecutionResult;
    const variables = (parameters.variables ?? {}) as HttpAnswer["variables"];
    onAnswer({ operationName: parameters.operationName, variables, result, sentAt });
    return result;
  };
  return (parameters, options) => {
    const documentAST = findSubscription(parameters.query, parameters.operationName);
    if (documentAST === null) return fetchOverHttp(parameters, options);
    const wsClient = createClient({ url: socketEndpoint(page), connectionParams: connectionParams(withBearer(options?.headers ?? {})) });
    return createGraphiQLFetcher({ url, wsClient })(parameters, { ...options, documentAST });
  };
}
