import { describe, expect, test } from "vitest";
import { follow, retryDelayMs, type Connection, type Listener } from "../src/shop/orders/follow";
import { parseOrderIds } from "../src/shop/orders/kept-orders";
import { eventTitle, progressRows, returnableQuantities } from "../src/shop/orders/wording";

interface Event {
  readonly sequence: number;
}

/** A gateway whose connections are opened and broken by hand, and what the follower was told. */
function followByHand(after: number | null) {
  const subscriptions: { readonly after: number | null; readonly listener: Listener<Event>; stopped: boolean }[] = [];
  const sequences: number[] = [];
  const connections: Connection[] = [];
  const delays: number[] = [];
  let runNext: (() => void) | null = null;
  const stop = follow<Event>(
    (from, listener) => {
      const subscription = { after: from, listener, stopped: false };
      subscriptions.push(subscription);
      return () => { subscription.stopped = true; };
    },
    {
      onEvent: ({ sequence }) => { sequences.push(sequence); },
      onConnection: (connection) => { connections.push(connection); },
    },
    after,
    (callback, delayMs) => {
      delays.push(delayMs);
      runNext = callback;
      return () => { runNext = null; };
    },
  );
  const last = () => subscriptions.at(-1)?.listener;
  return { subscriptions, sequences, connections, delays, last, stop, wait: () => runNext?.() };
}

describe("following", () => {
  test("goes on after the last event when the connection breaks", () => {
    const following = followByHand(null);
    following.last()?.onEvent({ sequence: 3 });
    following.last()?.onEvent({ sequence: 4 });
    following.last()?.onBreak();
    expect(following.subscriptions).toHaveLength(1);
    following.wait();
    expect(following.subscriptions.map(({ after }) => after)).toEqual([null, 4]);
    following.last()?.onEvent({ sequence: 5 });
    expect(following.sequences).toEqual([3, 4, 5]);
    expect(following.connections).toEqual(["live", "live", "waiting", "live"]);
  });

  test("tells each event once", () => {
    const following = followByHand(2);
    for (const sequence of [2, 3, 3, 1, 4]) following.last()?.onEvent({ sequence });
    expect(following.sequences).toEqual([3, 4]);
  });

  test("waits longer after each failure, and begins anew after an event", () => {
    const following = followByHand(1);
    for (let failure = 0; failure < 3; failure += 1) {
      following.last()?.onBreak();
      following.wait();
    }
    following.last()?.onEvent({ sequence: 2 });
    following.last()?.onBreak();
    expect(following.delays).toEqual([1000, 2000, 4000, 1000]);
    expect(retryDelayMs(99)).toBe(30_000);
  });

  test("ends with what is followed", () => {
    const following = followByHand(1);
    following.last()?.onEnd();
    expect(following.connections).toEqual(["ended"]);
  });

  test("stops a connection and a wait for one", () => {
    const listening = followByHand(1);
    listening.stop();
    expect(listening.subscriptions.map(({ stopped }) => stopped)).toEqual([true]);
    const waiting = followByHand(1);
    waiting.last()?.onBreak();
    waiting.stop();
    waiting.wait();
    expect(waiting.subscriptions).toHaveLength(1);
  });
});

describe("an order", () => {
  test("shows how far it has come", () => {
    expect(progressRows("SHIPPED")).toEqual([
      { title: "Received", state: "done" },
      { title: "Being packed", state: "done" },
      { title: "On its way", state: "current" },
      { title: "Delivered", state: "open" },
    ]);
    expect(progressRows("CANCELLED")).toEqual([{ title: "Cancelled", state: "current" }]);
  });

  test("says what happened, also what is new", () => {
    expect(eventTitle("line_changed")).toBe("A quantity was changed");
    expect(eventTitle("sent_to_moon")).toBe("sent to moon");
  });

  test("can be sent back as far as it was delivered and is in no other return", () => {
    const delivered = [
      { lineId: "orl_1", quantity: 2 },
      { lineId: "orl_1", quantity: 1 },
      { lineId: "orl_2", quantity: 1 },
    ];
    const returns = [
      { status: "REQUESTED", lines: [{ lineId: "orl_1", quantity: 1 }] },
      { status: "DECLINED", lines: [{ lineId: "orl_1", quantity: 2 }] },
      { status: "CLOSED", lines: [{ lineId: "orl_2", quantity: 1 }] },
    ] as const;
    expect(returnableQuantities(delivered, returns)).toEqual(new Map([["orl_1", 2]]));
  });
});

describe("the orders that a device keeps", () => {
  test.each([
    [null, []],
    ["", []],
    ["{}", []],
    ['["ord_1", 2, null, "ord_2"]', ["ord_1", "ord_2"]],
    [JSON.stringify(Array.from({ length: 30 }, (_, index) => `ord_${String(index)}`)), Array.from({ length: 20 }, (_, index) => `ord_${String(index)}`)],
  ])("of %j", (text, ids) => {
    expect(parseOrderIds(text)).toEqual(ids);
  });
});
