// The cart, over the page: what is in it, what it costs, where it goes.

import { useEffect, useRef, useState } from "preact/hooks";
import type { CartContentFragment } from "../../generated/shop";
import { RetryNotice } from "../../shared/notices";
import { pageAddress } from "../router/address";
import { navigate } from "../router/location";
import { HiddenText } from "../ui/hidden-text";
import { Loading } from "../ui/loading";
import { useCart } from "./cart-context";
import { CartCodes } from "./cart-codes";
import { CartDestination } from "./cart-destination";
import { CartLines } from "./cart-lines";
import { CartNote } from "./cart-note";
import { CartShipping } from "./cart-shipping";
import { CartSum, CartTotals } from "./cart-totals";

/** The cart as a dialog, which keeps the focus and gives it back. */
export function CartDialog() {
  const { isOpen, close } = useCart();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = box.current;
    const handleClick = (event: MouseEvent): void => {
      // The backdrop is the dialog's own; everything else is inside it.
      if (event.target === element) element?.close();
    };
    element?.addEventListener("click", handleClick);
    return () => { element?.removeEventListener("click", handleClick); };
  }, []);
  useEffect(() => {
    // Closing gives the focus back: the element stays, and only what is in it goes.
    if (isOpen) box.current?.showModal();
    else box.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={box} class="cart" aria-labelledby="cart-title" onClose={close}>
      {isOpen && <OpenCart onClose={() => { box.current?.close(); }} />}
    </dialog>
  );
}

function OpenCart({ onClose }: { readonly onClose: () => void }) {
  const { cart, quantity, isLoading, failureMessage, retry } = useCart();
  const heading = useRef<HTMLHeadingElement>(null);
  const [status, setStatus] = useState("");
  const announce = (text: string): void => {
    setStatus(text);
    heading.current?.focus();
  };
  return (
    <div class="cart-box">
      <div class="cart-head">
        <h2 id="cart-title" ref={heading} tabIndex={-1}>
          Your cart
        </h2>
        <button type="button" class="icon-button" onClick={onClose}>
          <span aria-hidden="true">×</span>
          <HiddenText>Close the cart</HiddenText>
        </button>
      </div>
      <p role="status" class="hidden-text">
        {status}
      </p>
      <div class="cart-body">
        <RetryNotice message={failureMessage} onRetry={retry} />
        {isLoading && <Loading label="Loading your cart" />}
        {cart !== null && quantity > 0 && <FilledCart cart={cart} onAnnounce={announce} />}
        {!isLoading && failureMessage === null && quantity === 0 && <EmptyCart onClose={onClose} />}
      </div>
      {cart !== null && quantity > 0 && <CartFoot cart={cart} onClose={onClose} />}
    </div>
  );
}

function EmptyCart({ onClose }: { readonly onClose: () => void }) {
  return (
    <div class="nothing">
      <p>There is nothing in it yet.</p>
      <button type="button" class="button button-plain" onClick={onClose}>
        Look around
      </button>
    </div>
  );
}

interface FilledCartProps {
  readonly cart: CartContentFragment;
  readonly onAnnounce: (text: string) => void;
}

function FilledCart({ cart, onAnnounce }: FilledCartProps) {
  return (
    <>
      <CartLines cart={cart} onAnnounce={onAnnounce} />
      <CartDestination cart={cart} />
      <CartShipping cart={cart} />
      <CartCodes cart={cart} />
      <CartNote cart={cart} />
      <CartTotals cart={cart} />
    </>
  );
}

function CartFoot({ cart, onClose }: { readonly cart: CartContentFragment; readonly onClose: () => void }) {
  return (
    <div class="cart-foot">
      <CartSum cart={cart} />
      <button
        type="button"
        class="button"
        onClick={() => {
          onClose();
          navigate(pageAddress("checkout"));
        }}
      >
        Checkout
      </button>
    </div>
  );
}
