// Asks the gateway. Everything personal travels in the body of a POST, never in an address.

import type { TypedDocumentString } from "../generated/operations";
import { gatewayRoot } from "./root";

const REQUEST_TIMEOUT_MS = 20_000;

/** Why no answer came: the network, too many requests, or a fault on the server's side. */
export type Failure =
  | { readonly kind: "unreachable" }
  | { readonly kind: "rateLimited"; readonly seconds: number }
  | { readonly kind: "serverError" };

/** Data, or the reason there is none. */
export type Reply<Data> = { readonly kind: "data"; readonly data: Data } | Failure;

interface ResponseBody<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly unknown[];
}

/** The gateway's endpoint. */
function graphqlUrl(): URL {
  return new URL("graphql", gatewayRoot());
}

function postOperation(
  query: string,
  variables: unknown,
  credentials: RequestCredentials,
  bearer: string | null,
): Promise<Response> {
  return fetch(graphqlUrl(), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify({ query, variables }),
    credentials,
    cache: "no-store",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
}

/** Whole seconds to wait, from a Retry-After header; a minute where it says nothing usable. */
export function parseRetryAfter(header: string | null): number {
  const seconds = Number(header ?? "");
  return Number.isInteger(seconds) && seconds > 0 ? seconds : 60;
}

async function parseResponse<Data>(response: Response): Promise<Reply<Data>> {
  if (response.status === 429) return { kind: "rateLimited", seconds: parseRetryAfter(response.headers.get("retry-after")) };
  const body = (await response.json()) as ResponseBody<Data>;
  if (body.errors !== undefined || body.data === undefined || body.data === null) return { kind: "serverError" };
  return { kind: "data", data: body.data };
}

/**
 * The gateway's reply to an operation; never rejects. A cookie is sent and kept only where `credentials` says so:
 * elsewhere the token is the only authority. `bearer` is of whoever is signed in.
 */
export async function executeOperation<Data, Variables>(
  operation: TypedDocumentString<Data, Variables>,
  variables: Variables,
  credentials: RequestCredentials = "omit",
  bearer: string | null = null,
): Promise<Reply<Data>> {
  let response: Response;
  try {
    response = await postOperation(operation.toString(), variables, credentials, bearer);
  } catch {
    return { kind: "unreachable" };
  }
  try {
    return await parseResponse<Data>(response);
  } catch {
    return { kind: response.status >= 500 ? "unreachable" : "serverError" };
  }
}
