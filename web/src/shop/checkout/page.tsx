// Buying what is in the cart.

import { useQuery } from "@urql/preact";
import { useCallback, useState } from "preact/hooks";
import { CartAtCheckoutDocument, type CheckoutCartFragment } from "../../generated/shop";
import { Heading, RetryNotice } from "../../shared/notices";
import { useAccount } from "../account/account";
import { forgetCardReturn } from "../account/card-return";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { useSession } from "../api/session";
import { useCart } from "../cart/cart-context";
import { findPendingSubject } from "../one_click/pending";
import type { PlacedOrder } from "../one_click/purchase";
import { keepOrderId } from "../orders/kept-orders";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { Loading } from "../ui/loading";
import { GuestCheckout } from "./guest-checkout";
import { useCheckout } from "./place-order";
import { PurchaserCheckout } from "./purchaser-checkout";
import { CartSummary } from "./summary";
import "../account/style.css";
import "../orders/style.css";
import "./style.css";

/** The page: the form, and the order's number once it is placed. */
export function CheckoutPage() {
  const { cart, leave } = useCart();
  const { token } = useSession();
  const isGuest = token === null;
  const [placed, setPlaced] = useState<PlacedOrder | null>(null);
  const [guestEmail, setGuestEmail] = useState("");
  // Bought while the reader was on the bank's page, the cart is no cart any more: what became of it is still to be said.
  const [awaitedCartId] = useState(() => findPendingSubject(location.pathname));
  const finish = useCallback(
    (order: PlacedOrder): void => {
      setPlaced(order);
      if (isGuest) keepOrderId(order.id);
      forgetCardReturn();
      leave();
    },
    [leave, isGuest],
  );
  if (placed !== null) return <Confirmation order={placed} guestEmail={guestEmail} />;
  const cartId = awaitedCartId ?? (cart !== null && cart.items.length > 0 ? cart.id : null);
  if (cartId === null)
    return (
      <section class="panel">
        <Heading>Checkout</Heading>
        <p class="lead">Your cart is empty.</p>
        <p>
          <Link href={pageAddress()}>See all products</Link>
        </p>
      </section>
    );
  return <CartCheckout cartId={cartId} onPlaced={finish} onGuestEmail={setGuestEmail} />;
}

interface CartCheckoutProps {
  readonly cartId: string;
  readonly onPlaced: (order: PlacedOrder) => void;
  readonly onGuestEmail: (email: string) => void;
}

function CartCheckout({ cartId, onPlaced, onGuestEmail }: CartCheckoutProps) {
  const [{ data, fetching, error }, execute] = useQuery({
    query: CartAtCheckoutDocument,
    variables: { id: cartId },
    requestPolicy: "cache-and-network",
  });
  const cart = data?.cart;
  return (
    <div class="checkout">
      <Heading>Checkout</Heading>
      {cart ? (
        <>
          <CartSummary cart={cart} />
          <CheckoutForm cart={cart} onPlaced={onPlaced} onGuestEmail={onGuestEmail} />
        </>
      ) : fetching ? (
        <Loading label="Looking up your cart" />
      ) : (
        <RetryNotice message={describeError(error)} onRetry={() => { execute({ requestPolicy: "network-only" }); }} />
      )}
    </div>
  );
}

function CheckoutForm({
  cart,
  onPlaced,
  onGuestEmail,
}: Omit<CartCheckoutProps, "cartId"> & { readonly cart: CheckoutCartFragment }) {
  const openPath = usePath();
  const { holder, providerName, loading, failureMessage, refresh } = useAccount();
  const purchase = useCheckout(cart.id, onPlaced);
  if (loading) return <Loading label="Looking up your account" />;
  if (providerName === null) return <RetryNotice message={failureMessage} onRetry={refresh} />;
  if (holder !== null)
    return (
      <div class="panel checkout-form">
        <p class="hint">Signed in as {holder.email}</p>
        <PurchaserCheckout cart={cart} holder={holder} providerName={providerName} purchase={purchase} onSaved={refresh} />
      </div>
    );
  return (
    <div class="panel checkout-form">
      <p class="checkout-sign-in">
        You need no account.{" "}
        <button type="button" class="link" onClick={() => { openPath({ purpose: "signIn" }); }}>
          Sign in to buy by what you saved
        </button>
      </p>
      <GuestCheckout cart={cart} providerName={providerName} purchase={purchase} onEmail={onGuestEmail} />
    </div>
  );
}

function Confirmation({ order, guestEmail }: { readonly order: PlacedOrder; readonly guestEmail: string }) {
  return (
    <section class="panel confirmation">
      <Heading>Thank you</Heading>
      <p class="notice notice-good" role="status">
        <span aria-hidden="true">✓ </span>Ordered: number <strong>{order.number}</strong>
      </p>
      {guestEmail !== "" && (
        <p>
          We have written to {guestEmail}: the link in that mail opens your order from any device, to change or to cancel
          it. On this device it is among your orders, too.
        </p>
      )}
      <div class="actions actions-row">
        <Link class="button" href={pageAddress("orders", order.id)}>
          Follow your order
        </Link>
        <Link class="button button-plain" href={pageAddress()}>
          Go on looking
        </Link>
      </div>
    </section>
  );
}
