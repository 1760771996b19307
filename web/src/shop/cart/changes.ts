// Changes of the cart, one after another: each is made to the cart as the one before left it.

import type { Client, TypedDocumentNode } from "@urql/core";
import {
  CartDocument,
  type CartAnswerFragment,
  type CartContentFragment,
} from "../../generated/shop";
import { describeError } from "../api/errors";

/** What a change came to. */
export interface CartOutcome {
  /** Why nothing was changed, in a sentence; null: it was. */
  readonly problem: string | null;
  /** The refusals, for those who show them at their fields. */
  readonly userErrors: CartAnswerFragment["userErrors"];
  /** What to know of a change that was made. */
  readonly warnings: readonly string[];
  /** The cart after it; null where there is none. */
  readonly cart: CartContentFragment | null;
}

/** The part of every input that says which cart is meant, as it was seen. */
export interface CartReference {
  readonly cartId: string;
  readonly expectedVersion: number;
}

const CHANGED_ELSEWHERE =
  "The cart was changed in another window. This is how it stands now: look at it, then try again.";
const NO_CART = "Your cart could not be read. Try again in a moment.";

/** The outcome of a request that was answered. */
export function readOutcome({ cart, userErrors, warnings }: CartAnswerFragment): CartOutcome {
  const [first] = userErrors;
  const problem = first === undefined ? null : first.code === "VERSION_CONFLICT" ? CHANGED_ELSEWHERE : first.message;
  return { problem, userErrors, warnings: warnings.map(({ message }) => message), cart };
}

/** The outcome of a request that was not. */
export function failedOutcome(problem: string): CartOutcome {
  return { problem, userErrors: [], warnings: [], cart: null };
}

/** Whether the cart is gone: bought, or another's. */
export function isGone({ userErrors }: CartOutcome): boolean {
  return userErrors.some(({ code }) => code === "NOT_FOUND" || code === "NOT_MODIFIABLE" || code === "FORBIDDEN");
}

/** Send a mutation whose answer is a cart. */
export async function sendCartMutation<Data, Input>(
  client: Client,
  document: TypedDocumentNode<Data, { input: Input }>,
  input: Input,
  selectAnswer: (data: Data) => CartAnswerFragment,
): Promise<CartOutcome> {
  const { data, error } = await client.mutation(document, { input });
  return data === undefined ? failedOutcome(describeError(error)) : readOutcome(selectAnswer(data));
}

/** The cart as the cache has it, which every answer brings up to date; else as the gateway has it. */
export async function readCart(client: Client, id: string): Promise<CartContentFragment | null> {
  const { data } = await client.query(CartDocument, { id });
  return data?.cart ?? null;
}

/** Makes changes of one cart, each after the one before. */
export class ChangeQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Make `change` when all before it are made. */
  run<Value>(change: () => Promise<Value>): Promise<Value> {
    const next = this.last.then(change, change);
    this.last = next.catch(() => undefined);
    return next;
  }
}

/** Change the cart `id` as it stands when its turn comes. */
export async function changeCart<Data, Input>(
  client: Client,
  id: string,
  document: TypedDocumentNode<Data, { input: Input }>,
  toInput: (reference: CartReference, cart: CartContentFragment) => Input,
  selectAnswer: (data: Data) => CartAnswerFragment,
): Promise<CartOutcome> {
  const cart = await readCart(client, id);
  if (cart === null) return failedOutcome(NO_CART);
  const reference = { cartId: cart.id, expectedVersion: cart.version };
  return sendCartMutation(client, document, toInput(reference, cart), selectAnswer);
}
