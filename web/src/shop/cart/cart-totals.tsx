// The figures of the cart.

import type { CartContentFragment } from "../../generated/shop";
import { totalRows } from "./totals";

/** What the whole comes to, at a glance. */
export function CartSum({ cart }: { readonly cart: CartContentFragment }) {
  const sum = totalRows(cart.display?.totals ?? []).findLast(({ isSum }) => isSum);
  if (sum === undefined) return null;
  return (
    <p class="cart-sum">
      <span>{sum.label}</span>
      <span>{sum.text}</span>
    </p>
  );
}

/** The rows, which add up to the total, and what else to know. */
export function CartTotals({ cart }: { readonly cart: CartContentFragment }) {
  const rows = totalRows(cart.display?.totals ?? []);
  return (
    <section class="cart-section" aria-label="What it costs">
      <dl class="totals">
        {rows.map(({ key, label, text, detail, isSum }) => (
          <div key={key} class={isSum ? "total total-sum" : "total"}>
            <dt>
              {label}
              {detail !== null && <small>{detail}</small>}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {cart.display?.messages.map((message) => (
        <p key={message} class="hint">
          {message}
        </p>
      ))}
    </section>
  );
}
