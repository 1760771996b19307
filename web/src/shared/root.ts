// Where the gateway is, under whatever path a proxy serves it.

// Built scripts stand in the folder `assets` beside the pages. Not written as `new URL("..", import.meta.url)`, which
// the bundler would take for a file.
const script = import.meta.url;

/** The folder in which the gateway's pages and its endpoint stand. */
export function gatewayRoot(): URL {
  return new URL("..", script);
}
