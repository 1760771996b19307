// Why no data came, in a sentence for the reader.

import type { CombinedError } from "@urql/core";
import { parseRetryAfter } from "../../shared/server";
import { describeFailure } from "../../shared/wording";

function isResponse(value: unknown): value is Response {
  return value instanceof Response;
}

/** What to say of an error of the network or of the API; refusals of a request are data, and say themselves. */
export function describeError(error: CombinedError | undefined): string {
  const response: unknown = error?.response;
  if (isResponse(response) && response.status === 429)
    return describeFailure({ kind: "rateLimited", seconds: parseRetryAfter(response.headers.get("retry-after")) });
  return describeFailure({ kind: error?.networkError === undefined ? "serverError" : "unreachable" });
}
