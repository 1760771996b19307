// Following on a page: events by WebSocket, taken up again after the last one whenever the connection breaks.

import type { TypedDocumentNode } from "@urql/core";
import { useClient } from "@urql/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { onEnd, pipe, subscribe } from "wonka";
import { follow, type Connection, type NumberedEvent } from "./follow";

/** What is followed. The variables of its subscription are those of the gateway's. */
interface Following<Data, Event extends NumberedEvent> {
  readonly document: TypedDocumentNode<Data, { readonly id: string; readonly after?: number | null }>;
  readonly id: string;
  /** The number of the last event that is shown; null while it is not known, when nothing is followed yet. */
  readonly after: number | null;
  readonly selectEvent: (data: Data) => Event;
  /** What is shown is older than an event that came: asks for it anew. */
  readonly onBehind: () => void;
}

/** An event and what it brings are shown together; what is behind for longer was overwritten. */
const CATCH_UP_DELAY_MS = 250;

/**
 * Follow from the event after `after` on, until there is nothing more to come. What an event brings of an order or a
 * gift goes to the cache, and from there to the page. An answer that was on its way meanwhile, to a change for example,
 * takes the cache back to what was before the event: then all is asked for anew.
 */
export function useFollow<Data, Event extends NumberedEvent>(following: Following<Data, Event>): Connection {
  const client = useClient();
  const [connection, setConnection] = useState<Connection>("live");
  const latestRef = useRef(following);
  useEffect(() => { latestRef.current = following; });
  const { document, id } = following;
  const isKnown = following.after !== null;
  const shownSequence = following.after;
  const [heardSequence, setHeardSequence] = useState<number | null>(null);
  useEffect(() => {
    if (heardSequence === null || shownSequence === null || shownSequence >= heardSequence) return;
    const timer = setTimeout(() => { latestRef.current.onBehind(); }, CATCH_UP_DELAY_MS);
    return () => { clearTimeout(timer); };
  }, [heardSequence, shownSequence]);
  useEffect(() => {
    if (!isKnown) return;
    const stop = follow<Event>(
      (after, { onEvent, onEnd: onCompleted, onBreak }) => {
        let isBroken = false;
        const subscription = pipe(
          client.subscription(document, { id, after }),
          onEnd(() => { if (!isBroken) onCompleted(); }),
          subscribe(({ data, error }) => {
            if (error !== undefined) {
              isBroken = true;
              queueMicrotask(() => { subscription.unsubscribe(); });
              onBreak();
            } else if (data !== undefined) onEvent(latestRef.current.selectEvent(data));
          }),
        );
        // Leaving is no end of what is followed.
        return () => {
          isBroken = true;
          subscription.unsubscribe();
        };
      },
      { onEvent: ({ sequence }) => { setHeardSequence(sequence); }, onConnection: setConnection },
      latestRef.current.after,
    );
    return () => {
      stop();
      setHeardSequence(null);
    };
  }, [client, document, id, isKnown]);
  return connection;
}
