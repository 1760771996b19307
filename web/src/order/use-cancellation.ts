// Cancelling an order: what it comes to is asked first, and no more than that is then agreed to.

import { useRef, useState } from "preact/hooks";
import type { UserError } from "../shared/address";
import type { Problem } from "../shared/notices";
import { expectedTotal, type CancelFigures } from "./cancellation";
import { staleReason } from "./change";
import type { Amount } from "./wording";

/** What the gateway answers; the order as it would be, or as it stands. */
export interface CancelAnswer<Order> {
  readonly order: Order | null;
  readonly userErrors: readonly UserError[];
}

/** How far cancelling has come. "unpriced": it is not known what it comes to, only that it is no more than `limit`. */
export type CancelState =
  | { readonly kind: "closed" }
  | { readonly kind: "asking" }
  | { readonly kind: "shown"; readonly before: CancelFigures; readonly after: CancelFigures; readonly isNewPrice: boolean }
  | { readonly kind: "unpriced"; readonly limit: Amount | null; readonly reason: string };

interface CancellationOptions<Order extends CancelFigures> {
  readonly order: Order;
  /** Asks what it comes to; null where no answer came. */
  readonly preview: () => Promise<CancelAnswer<CancelFigures> | null>;
  /** Cancels, if what stays costs no more than that. */
  readonly cancel: (expectedTotal: string | null) => Promise<CancelAnswer<Order> | null>;
  readonly onDone: (order: Order | null) => void;
  /** The order is not as it was shown. */
  readonly onStale: (message: string) => void;
  /** The order as it stands, where it costs something else by now. */
  readonly onUpdate: (order: Order) => void;
}

/** Cancelling, as a page shows it. */
export interface Cancellation {
  readonly state: CancelState;
  readonly busy: boolean;
  readonly problems: readonly Problem[];
  /** Goes up with each answer, so that what it says takes the focus. */
  readonly attempt: number;
  readonly ask: () => Promise<void>;
  readonly confirm: () => Promise<void>;
  readonly close: () => void;
}

function toProblems(userErrors: readonly UserError[]): readonly Problem[] {
  return userErrors.map(({ message }) => ({ id: null, message }));
}

/** A way to cancel `order`. */
export function useCancellation<Order extends CancelFigures>(options: CancellationOptions<Order>): Cancellation {
  const [state, setState] = useState<CancelState>({ kind: "closed" });
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [attempt, setAttempt] = useState(0);
  const [busy, setBusy] = useState(false);
  // Beside the state, which a second press may come before.
  const busyRef = useRef(false);
  const run = async (action: () => Promise<void>): Promise<void> => {
    if (busyRef.current) return;
    busyRef.current = true;
    setBusy(true);
    await action();
    busyRef.current = false;
    setBusy(false);
    setAttempt((last) => last + 1);
  };
  const leave = (message: string): void => {
    setState({ kind: "closed" });
    options.onStale(message);
  };
  const preview = async (before: CancelFigures, isNewPrice: boolean): Promise<void> => {
    // What was shown stays until there is something else to show.
    setState((last) => (last.kind === "closed" ? { kind: "asking" } : last));
    const answer = await options.preview();
    const reason = staleReason(answer?.userErrors ?? []);
    if (reason !== null) {
      leave(reason);
      return;
    }
    setProblems([]);
    if (answer?.order && answer.userErrors.length === 0)
      setState({ kind: "shown", before, after: answer.order, isNewPrice });
    else {
      const messages = (answer?.userErrors ?? []).map(({ message }) => message);
      setState({ kind: "unpriced", limit: before.total.gross, reason: messages.join(" ") });
    }
  };
  const cancel = async (limit: string | null): Promise<void> => {
    const answer = await options.cancel(limit);
    if (answer === null) return;
    const { order, userErrors } = answer;
    // It may be cancelled by a request before this one, whose answer was lost.
    if (userErrors.length === 0 || order?.status === "CANCELLED") {
      setState({ kind: "closed" });
      options.onDone(order);
    } else if (userErrors.some(({ code }) => code === "PRICE_CHANGED")) {
      if (order !== null) options.onUpdate(order);
      await preview(order ?? options.order, true);
    } else {
      const reason = staleReason(userErrors);
      if (reason === null) setProblems(toProblems(userErrors));
      else leave(reason);
    }
  };
  return {
    state,
    busy,
    problems,
    attempt,
    ask: () => run(() => preview(options.order, false)),
    confirm: async () => {
      if (state.kind === "shown") await run(() => cancel(expectedTotal(state.after)));
      else if (state.kind === "unpriced") await run(() => cancel(state.limit?.amount ?? null));
    },
    close: () => {
      setState({ kind: "closed" });
      setProblems([]);
    },
  };
}
