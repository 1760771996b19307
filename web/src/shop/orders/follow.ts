// Following what happens to an order or a gift: each event once and in order, whatever the connection does.

/** What every event has. */
export interface NumberedEvent {
  readonly sequence: number;
}

/** How a subscription tells what it hears. */
export interface Listener<Event> {
  readonly onEvent: (event: Event) => void;
  /** The subscription has ended: nothing more will happen. */
  readonly onEnd: () => void;
  /** The connection broke, or the subscription was refused. */
  readonly onBreak: () => void;
}

/** Subscribes to what comes after the event of that number (null: the present state first); returns how to stop. */
export type Subscribe<Event> = (after: number | null, listener: Listener<Event>) => () => void;

/** Whether what is followed is being heard. */
export type Connection = "live" | "waiting" | "ended";

/** What a follower is told. */
export interface Follower<Event> {
  readonly onEvent: (event: Event) => void;
  readonly onConnection: (connection: Connection) => void;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/** How long to wait before the try after `failures` failures in a row: twice as long each time, up to half a minute. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(failures - 1, 0), MAX_DELAY_MS);
}

/** Runs `callback` after so many milliseconds; returns how to stop that. */
export type Schedule = (callback: () => void, delayMs: number) => () => void;

const scheduleByTimer: Schedule = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs);
  return () => { clearTimeout(timer); };
};

/** Follow from the event after `after` on until it ends; returns how to stop. */
export function follow<Event extends NumberedEvent>(
  subscribe: Subscribe<Event>,
  { onEvent, onConnection }: Follower<Event>,
  after: number | null,
  schedule: Schedule = scheduleByTimer,
): () => void {
  let lastSequence = after;
  let failures = 0;
  let stop = (): void => undefined;
  const listen = (): void => {
    let hasBroken = false;
    const isBroken = (): boolean => hasBroken;
    const unsubscribe = subscribe(lastSequence, {
      onEvent: (event) => {
        failures = 0;
        onConnection("live");
        // Where nothing was asked to come after, the last event comes again at each connection.
        if (lastSequence !== null && event.sequence <= lastSequence) return;
        lastSequence = event.sequence;
        onEvent(event);
      },
      onEnd: () => { onConnection("ended"); },
      onBreak: () => {
        if (hasBroken) return;
        hasBroken = true;
        failures += 1;
        onConnection("waiting");
        stop = schedule(listen, retryDelayMs(failures));
      },
    });
    // It may have broken at once, when there is a wait to stop.
    if (!isBroken()) stop = unsubscribe;
  };
  listen();
  return () => { stop(); };
}
