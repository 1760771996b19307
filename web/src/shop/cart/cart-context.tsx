// The reader's cart: which one it is, what is in it, whether it is shown, and all that can be done with it.

import { useClient, useQuery } from "@urql/preact";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  CartClaimDocument,
  CartCodesSetDocument,
  CartCreateDocument,
  CartDestinationSetDocument,
  CartDetailsSetDocument,
  CartDocument,
  CartLinesAddDocument,
  CartLinesUpdateDocument,
  CartShippingSelectDocument,
  OwnCartDocument,
  type CartContentFragment,
  type CartLineFragment,
  type DestinationInput,
} from "../../generated/shop";
import { describeError } from "../api/errors";
import { useSession } from "../api/session";
import { changeCart, ChangeQueue, isGone, sendCartMutation, type CartOutcome } from "./changes";
import { isClaimed, keepCartId, keepClaimed, readCartId, watchCartId } from "./stored-cart";

/** The cart, and what can be done with it. Each change comes to an outcome, which says why it was not made. */
export interface CartAccess {
  /** Null while it is loaded, and where there is none yet. */
  readonly cart: CartContentFragment | null;
  readonly isLoading: boolean;
  readonly failureMessage: string | null;
  readonly retry: () => void;
  /** How many pieces are in it. */
  readonly quantity: number;
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly close: () => void;
  /** Put pieces of a variant into it. */
  readonly addLine: (variantId: string, quantity: number) => Promise<CartOutcome>;
  /** Make a line so many pieces; 0 removes it. */
  readonly setQuantity: (line: CartLineFragment, quantity: number) => Promise<CartOutcome>;
  readonly setDestination: (destination: DestinationInput) => Promise<CartOutcome>;
  /** Replace its codes. */
  readonly setCodes: (codes: readonly string[]) => Promise<CartOutcome>;
  readonly selectShipping: (shippingOptionId: string) => Promise<CartOutcome>;
  readonly setNote: (note: string) => Promise<CartOutcome>;
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

type CartChanges = Pick<
  CartAccess,
  "addLine" | "setQuantity" | "setDestination" | "setCodes" | "selectShipping" | "setNote"
>;

function useChanges(cartId: string | null, keep: (id: string | null) => void): CartChanges {
  const client = useClient();
  const [queue] = useState(() => new ChangeQueue());
  // The cart that the change before has made is known before anything is drawn anew.
  const idRef = useRef(cartId);
  useEffect(() => { idRef.current = cartId; }, [cartId]);
  return useMemo((): CartChanges => {
    const keepAtOnce = (next: string | null): void => {
      idRef.current = next;
      keep(next);
    };
    const create = async (variantId: string, quantity: number): Promise<CartOutcome> => {
      const input = { lines: [{ variantId, quantity }] };
      const outcome = await sendCartMutation(client, CartCreateDocument, input, (data) => data.cartCreate);
      if (outcome.cart !== null) keepAtOnce(outcome.cart.id);
      return outcome;
    };
    const add = async (variantId: string, quantity: number): Promise<CartOutcome> => {
      if (idRef.current === null) return create(variantId, quantity);
      // Adding is right whatever else is in the cart: no version is expected.
      const input = { cartId: idRef.current, lines: [{ variantId, quantity }] };
      const outcome = await sendCartMutation(client, CartLinesAddDocument, input, (data) => data.cartLinesAdd);
      return isGone(outcome) ? create(variantId, quantity) : outcome;
    };
    const change: OmitClient = (document, toInput, selectAnswer) =>
      queue.run(async () => {
        const outcome = await changeCart(client, idRef.current ?? "", document, toInput, selectAnswer);
        if (isGone(outcome)) keepAtOnce(null);
        return outcome;
      });
    return {
      addLine: (variantId, quantity) => queue.run(() => add(variantId, quantity)),
      setQuantity: ({ reference: variantId, lineId }, quantity) =>
        change(
          CartLinesUpdateDocument,
          (reference) => ({ ...reference, lines: [{ variantId, lineId, quantity }] }),
          (data) => data.cartLinesUpdate,
        ),
      setDestination: (destination) =>
        change(
          CartDestinationSetDocument,
          (reference) => ({ ...reference, destination }),
          (data) => data.cartDestinationSet,
        ),
      setCodes: (codes) =>
        change(CartCodesSetDocument, (reference) => ({ ...reference, codes }), (data) => data.cartCodesSet),
      selectShipping: (shippingOptionId) =>
        change(
          CartShippingSelectDocument,
          (reference) => ({ ...reference, shippingOptionId }),
          (data) => data.cartShippingSelect,
        ),
      setNote: (note) =>
        change(CartDetailsSetDocument, (reference) => ({ ...reference, note }), (data) => data.cartDetailsSet),
    };
  }, [client, queue, keep]);
}

type OmitClient = <Data, Input>(
  document: Parameters<typeof changeCart<Data, Input>>[2],
  toInput: Parameters<typeof changeCart<Data, Input>>[3],
  selectAnswer: Parameters<typeof changeCart<Data, Input>>[4],
) => Promise<CartOutcome>;

/** At sign-in the cart becomes its buyer's own, together with what is in a cart they already have. */
function useClaim(cartId: string | null, keep: (id: string | null) => void): void {
  const client = useClient();
  const { token } = useSession();
  useEffect(() => {
    if (token === null) {
      keepClaimed(null);
      return;
    }
    if (cartId === null || isClaimed(cartId)) return;
    keepClaimed(cartId);
    void sendCartMutation(client, CartClaimDocument, { cartId }, (data) => data.cartClaim).then((outcome) => {
      if (outcome.cart !== null) keepClaimed(outcome.cart.id);
      // The cart was bought, or is another's: the buyer's own takes its place.
      if (outcome.cart !== null || isGone(outcome)) keep(outcome.cart?.id ?? null);
      else if (outcome.userErrors.length === 0) keepClaimed(null);
    });
  }, [client, token, cartId, keep]);
}

function isBought(cart: CartContentFragment | null | undefined): boolean {
  const order = cart?.order ?? null;
  return order !== null;
}

/** Keeps the cart for what is below; its id also across reloads. */
export function CartProvider({ children }: { children: ComponentChildren }) {
  const [cartId, setCartId] = useState(readCartId);
  const [isOpen, setOpen] = useState(false);
  const [keep] = useState(() => (id: string | null): void => {
    keepCartId(id);
    setCartId(id);
  });
  const [known, reload] = useQuery({ query: CartDocument, variables: { id: cartId ?? "" }, pause: cartId === null });
  const [own] = useQuery({ query: OwnCartDocument, pause: cartId !== null });
  const { token } = useSession();
  const changes = useChanges(cartId, keep);
  useClaim(cartId, keep);
  useEffect(() => watchCartId(setCartId), []);
  // Until the next answer comes, the query still has that of the cart before.
  const isCurrent = cartId !== null && known.operation?.variables.id === cartId;
  const knownCart = isCurrent ? known.data?.cart : undefined;
  const isLost = knownCart === null || isBought(knownCart);
  useEffect(() => {
    if (isLost) keep(null);
  }, [isLost, keep]);
  const ownCart = own.data?.viewer.cart ?? null;
  const ownCartId = isBought(ownCart) ? null : (ownCart?.id ?? null);
  useEffect(() => {
    if (cartId !== null || ownCartId === null) return;
    if (token !== null) keepClaimed(ownCartId);
    keep(ownCartId);
  }, [cartId, ownCartId, token, keep]);
  const cart = isLost ? null : (knownCart ?? null);
  const access: CartAccess = {
    cart,
    isLoading: cartId !== null && knownCart === undefined && known.error === undefined,
    failureMessage: cart === null && known.error !== undefined ? describeError(known.error) : null,
    retry: () => { reload({ requestPolicy: "network-only" }); },
    quantity: cart?.totalQuantity ?? 0,
    isOpen,
    open: () => { setOpen(true); },
    close: () => { setOpen(false); },
    ...changes,
    leave: () => { keep(null); },
  };
  return <CartContext.Provider value={access}>{children}</CartContext.Provider>;
}
