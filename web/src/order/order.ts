// The order behind the link: opened, read, and kept up to date.

import { useCallback, useEffect, useState } from "preact/hooks";
import { GuestOrderDocument, OrderAccessDocument, type OpenOrderFragment } from "../generated/operations";
import { executeOperation } from "../shared/server";
import { describeFailure } from "../shared/wording";
import { isEnded, readerLocale } from "./wording";

export type Order = OpenOrderFragment;

/** How often an order that may still move is read again while the page is seen. */
export const REFRESH_MS = 30_000;

/** What the link leads to. "hidden": it is right, but the browser keeps no cookie, by which the order is read. */
export type OrderState =
  | { readonly kind: "loading" }
  | { readonly kind: "invalid" }
  | { readonly kind: "hidden" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "open"; readonly order: Order };

/** The order, a way to open it again, a way to read it again, and a way to put a newer state in. */
export interface OpenedOrder {
  readonly state: OrderState;
  readonly reload: () => void;
  readonly refresh: () => Promise<void>;
  readonly update: (order: Order) => void;
}

/** The order of that id as the gateway shows it to this browser, which is known by its cookie. */
export async function readOrder(id: string): Promise<OrderState> {
  const reply = await executeOperation(GuestOrderDocument, { id, locale: readerLocale() }, "same-origin");
  if (reply.kind !== "data") return { kind: "failed", message: describeFailure(reply) };
  return reply.data.order === null ? { kind: "hidden" } : { kind: "open", order: reply.data.order };
}

/** Open the order to this browser, then read it. */
async function openOrder(token: string): Promise<OrderState> {
  const reply = await executeOperation(OrderAccessDocument, { input: { token } }, "same-origin");
  if (reply.kind !== "data") return { kind: "failed", message: describeFailure(reply) };
  const { order, userErrors } = reply.data.orderAccess;
  const refusal = userErrors.find(({ code }) => code !== "INVALID_TOKEN" && code !== "NOT_FOUND");
  if (refusal !== undefined) return { kind: "failed", message: refusal.message };
  return order === null ? { kind: "invalid" } : readOrder(order.id);
}

/** The order whose link holds `token`. Opening it changes nothing but who may see it. */
export function useOrder(token: string | null): OpenedOrder {
  const [state, setState] = useState<OrderState>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState({ kind: "loading" });
    const openedState = token === null ? Promise.resolve<OrderState>({ kind: "invalid" }) : openOrder(token);
    void openedState.then((newState) => {
      if (isCurrent) setState(newState);
    });
    return () => {
      isCurrent = false;
    };
  }, [token, attempt]);
  const reload = useCallback(() => { setAttempt((count) => count + 1); }, []);
  const update = useCallback((order: Order) => { setState({ kind: "open", order }); }, []);
  const orderId = state.kind === "open" ? state.order.id : null;
  const refresh = useCallback(async () => {
    if (orderId === null) return;
    const newState = await readOrder(orderId);
    // What cannot be read just now stays as it was seen last; who may read it no more has to open it again.
    if (newState.kind === "hidden") reload();
    else if (newState.kind === "open")
      setState((old) => (old.kind === "open" && old.order.id === orderId ? newState : old));
  }, [orderId, reload]);
  useRefreshing(state.kind === "open" && !isEnded(state.order.status), refresh);
  return { state, reload, refresh, update };
}

/** Calls `refresh` now and then while the page is seen and `isMoving`, and whenever it is seen again. */
function useRefreshing(isMoving: boolean, refresh: () => Promise<void>): void {
  useEffect(() => {
    const refreshIfSeen = (): void => {
      if (document.visibilityState === "visible") void refresh();
    };
    const timer = isMoving ? setInterval(refreshIfSeen, REFRESH_MS) : undefined;
    document.addEventListener("visibilitychange", refreshIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refreshIfSeen);
    };
  }, [isMoving, refresh]);
}
