// What is in the cart and what it costs, beside the form.

import type { CheckoutCartFragment } from "../../generated/shop";
import { totalRows } from "../cart/totals";
import { PartLines } from "../ui/part-lines";

/** The cart as it stands. */
export function CartSummary({ cart }: { readonly cart: CheckoutCartFragment }) {
  return (
    <section class="checkout-summary" aria-labelledby="summary-title">
      <h2 id="summary-title">Your cart</h2>
      <ul class="rows">
        {cart.items.map(({ lineId, name, quantity, attributes, components }, index) => (
          <li key={lineId ?? index}>
            <div class="row">
              <span class="row-label">{quantity === 1 ? name : `${String(quantity)} × ${name}`}</span>
              <span class="row-amount">{cart.display?.lines[index]?.text}</span>
            </div>
            <PartLines parts={components} />
            {attributes.map(({ key, value }) => (
              <p class="hint" key={key}>
                {key}: {value}
              </p>
            ))}
          </li>
        ))}
      </ul>
      <dl class="rows" aria-live="polite">
        {totalRows(cart.display?.totals ?? []).map(({ key, label, text, detail, isSum }) => (
          <div class={isSum ? "row row-total" : "row"} key={key}>
            <dt class="row-label">
              {label}
              {detail !== null && <span class="hint"> {detail}</span>}
            </dt>
            <dd class="row-amount">{text}</dd>
          </div>
        ))}
      </dl>
      {(cart.display?.messages ?? []).map((message) => (
        <p class="hint" key={message}>
          {message}
        </p>
      ))}
    </section>
  );
}
