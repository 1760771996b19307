// The codes of the cart, each with what it does or why it does nothing.

import { useState } from "preact/hooks";
import type { CartContentFragment } from "../../generated/shop";
import { TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { HiddenText } from "../ui/hidden-text";
import { ProblemText } from "../ui/problem";
import { useCart } from "./cart-context";
import { describeCode } from "./totals";

/** The codes, and the way to another. */
export function CartCodes({ cart }: { readonly cart: CartContentFragment }) {
  const { setCodes } = useCart();
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const entered = cart.codes.map(({ code }) => code);
  const change = async (codes: readonly string[], added: string | null): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    const outcome = await setCodes(codes);
    setBusy(false);
    const isKept = added === null || (outcome.cart?.codes.length ?? 0) > entered.length;
    // A code that is kept says itself why it does not apply.
    setProblem(outcome.problem ?? (isKept ? null : (outcome.warnings.at(-1) ?? null)));
    if (outcome.problem === null && isKept) setText("");
  };
  const apply = (): void => {
    const code = text.trim();
    if (code === "") setProblem("Enter a code first.");
    else void change([...entered, code], code);
  };
  return (
    <section class="cart-section" aria-labelledby="codes-title">
      <h3 id="codes-title">Codes</h3>
      {cart.codes.length > 0 && (
        <ul class="codes">
          {cart.codes.map((code) => (
            <li key={code.code} class={code.applied ? "code" : "code code-idle"}>
              <span class="code-name">{code.code}</span>
              <span class="code-effect">{describeCode(code)}</span>
              <button
                type="button"
                class="link"
                onClick={() => void change(entered.filter((known) => known !== code.code), null)}
              >
                Remove
                <HiddenText>{` the code ${code.code}`}</HiddenText>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Form onSubmit={apply}>
        <div class="code-form">
          <TextField
            id="cart-code"
            label="Discount code or stored value"
            value={text}
            onInput={setText}
          />
          <button type="submit" class="button button-plain button-small" aria-disabled={isBusy}>
            {isBusy ? "Checking…" : "Apply"}
            <HiddenText> the code</HiddenText>
          </button>
        </div>
      </Form>
      <ProblemText text={problem} />
    </section>
  );
}
