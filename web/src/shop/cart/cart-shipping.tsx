// The ways to ship the cart.

import { useState } from "preact/hooks";
import type { CartContentFragment } from "../../generated/shop";
import { ProblemText } from "../ui/problem";
import { useCart } from "./cart-context";

/** The ways to choose from; nothing where there is no choice. */
export function CartShipping({ cart }: { readonly cart: CartContentFragment }) {
  const { selectShipping } = useCart();
  const [pending, setPending] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const choices = cart.shippingOptions.map((option) => ({
    ...option,
    display: cart.display?.shipping.find(({ key }) => key === option.id) ?? null,
  }));
  if (cart.shippingOptions.length === 0) return null;
  const select = async (id: string): Promise<void> => {
    setPending(id);
    setProblem(null);
    const outcome = await selectShipping(id);
    setPending(null);
    setProblem(outcome.problem);
  };
  return (
    <section class="cart-section">
      <fieldset aria-busy={pending !== null}>
        <legend>Shipping</legend>
        {choices.map(({ id, name, selected, display }) => (
          <label key={id} class="choice">
            <input
              type="radio"
              name="shipping"
              checked={pending === null ? selected : pending === id}
              onChange={() => void select(id)}
            />
            <span class="choice-name">
              {name}
              <ShippingDetail text={display?.detail ?? null} />
            </span>
            <span class="choice-price">{display?.text}</span>
          </label>
        ))}
      </fieldset>
      <ProblemText text={problem} />
    </section>
  );
}

function ShippingDetail({ text }: { readonly text: string | null }) {
  return text === null ? null : <small>{text}</small>;
}
