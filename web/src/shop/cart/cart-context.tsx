// The reader's cart: which one it is, what is in it, whether it is shown.

import { useClient, useQuery } from "@urql/preact";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";
import {
  CartCreateDocument,
  CartDocument,
  CartLinesAddDocument,
  type CartContentFragment,
} from "../../generated/shop";
import { describeError } from "../api/errors";

const CART_KEY = "shop.cart";

/** The cart, and what can be done with it. */
export interface CartAccess {
  /** Null while it is loaded, and where there is none yet. */
  readonly cart: CartContentFragment | null;
  /** How many pieces are in it. */
  readonly quantity: number;
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly close: () => void;
  /** Put pieces of a variant into it. What comes back says in a sentence why that did not work; null: it did. */
  readonly addLine: (variantId: string, quantity: number) => Promise<string | null>;
  /** Forget the cart: it was bought. */
  readonly leave: () => void;
}

const CartContext = createContext<CartAccess | null>(null);

/** The reader's cart. */
export function useCart(): CartAccess {
  const access = useContext(CartContext);
  if (access === null) throw new Error("There is no cart above this component.");
  return access;
}

/** Keeps the cart for what is below; its id also across reloads. */
export function CartProvider({ children }: { children: ComponentChildren }) {
  const client = useClient();
  const [cartId, setCartId] = useState(() => localStorage.getItem(CART_KEY));
  const [isOpen, setOpen] = useState(false);
  const [{ data }] = useQuery({ query: CartDocument, variables: { id: cartId ?? "" }, pause: cartId === null });
  const cart = cartId === null ? null : (data?.cart ?? null);
  const access = useMemo((): CartAccess => {
    const keep = (id: string | null): void => {
      if (id === null) localStorage.removeItem(CART_KEY);
      else localStorage.setItem(CART_KEY, id);
      setCartId(id);
    };
    const create = async (variantId: string, quantity: number): Promise<string | null> => {
      const answer = await client.mutation(CartCreateDocument, { input: { lines: [{ variantId, quantity }] } });
      if (answer.data === undefined) return describeError(answer.error);
      const { cart: created, userErrors } = answer.data.cartCreate;
      if (created !== null) keep(created.id);
      return userErrors[0]?.message ?? null;
    };
    const add = async (known: CartContentFragment, variantId: string, quantity: number): Promise<string | null> => {
      const input = { cartId: known.id, expectedVersion: known.version, lines: [{ variantId, quantity }] };
      const answer = await client.mutation(CartLinesAddDocument, { input });
      if (answer.data === undefined) return describeError(answer.error);
      return answer.data.cartLinesAdd.userErrors[0]?.message ?? null;
    };
    return {
      cart,
      quantity: cart?.items.reduce((sum, item) => sum + item.quantity, 0) ?? 0,
      isOpen,
      open: () => { setOpen(true); },
      close: () => { setOpen(false); },
      addLine: (variantId, quantity) =>
        cart === null ? create(variantId, quantity) : add(cart, variantId, quantity),
      leave: () => { keep(null); },
    };
  }, [client, cart, isOpen]);
  return <CartContext.Provider value={access}>{children}</CartContext.Provider>;
}
