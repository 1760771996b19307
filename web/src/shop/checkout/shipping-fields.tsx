// How it is sent: the ways that fit what is bought and where it goes.

import { useState } from "preact/hooks";
import type { CheckoutCartFragment } from "../../generated/shop";
import type { CartChanges } from "./cart-changes";

interface ShippingFieldsProps {
  readonly cart: CheckoutCartFragment;
  readonly changes: CartChanges;
}

/** The choice; nothing where nothing is sent by post. */
export function ShippingFields({ cart, changes }: ShippingFieldsProps) {
  // What is chosen is shown at once; what it costs comes with the answer.
  const [chosenId, setChosenId] = useState<string | null>(null);
  const choose = async (id: string): Promise<void> => {
    setChosenId(id);
    await changes.selectShipping(id);
    setChosenId(null);
  };
  const choices = cart.shippingOptions.map((option) => ({
    ...option,
    display: cart.display?.shipping.find(({ key }) => key === option.id) ?? null,
  }));
  if (cart.shippingOptions.length === 0) return null;
  return (
    <fieldset class="field" aria-busy={changes.busy}>
      <legend>How it is sent</legend>
      {choices.map(({ id, name, selected, display }) => (
        <label class="choice" key={id}>
          <input
            type="radio"
            name="shipping"
            checked={chosenId === null ? selected : chosenId === id}
            onChange={() => void choose(id)}
          />
          <span class="choice-text">
            {name} <span class="hint">{display?.detail}</span>
          </span>
          <span class="row-amount">{display?.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
