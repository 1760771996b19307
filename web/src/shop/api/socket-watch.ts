// Sockets that have died without a word.

import type { ClientOptions } from "graphql-ws";

const KEEP_ALIVE_MS = 15_000;
const PONG_TIMEOUT_MS = 5_000;
/** The code with which graphql-ws's own recipes close a socket in order to open another. */
const RESTART_CODE = 4205;

/**
 * Tells of sockets that have died without a word, as they do where a device loses its network: one that answers no
 * ping, or was open while the browser was offline, is closed, and whoever listens asks again. `page` tells when it is
 * online again, and is listened to while a socket is open: a page has many clients, one after another.
 */
export function watchSocket(page: EventTarget): Partial<ClientOptions> {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = (): void => { socket?.close(RESTART_CODE, "restart"); };
  return {
    keepAlive: KEEP_ALIVE_MS,
    on: {
      connected: (opened) => {
        socket = opened as WebSocket;
        page.addEventListener("online", restart);
      },
      ping: (received) => {
        if (!received) timer = setTimeout(restart, PONG_TIMEOUT_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(timer);
      },
      closed: () => {
        clearTimeout(timer);
        socket = null;
        page.removeEventListener("online", restart);
      },
    },
  };
}
