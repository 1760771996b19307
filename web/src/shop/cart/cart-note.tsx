// What the buyer wants to tell the shop.

import { useState } from "preact/hooks";
import type { CartContentFragment } from "../../generated/shop";
import { TextArea } from "../../shared/fields";
import { Form } from "../../shared/form";
import { ProblemText } from "../ui/problem";
import { useCart } from "./cart-context";

/** The note, kept when it is saved. */
export function CartNote({ cart }: { readonly cart: CartContentFragment }) {
  const { setNote } = useCart();
  const [text, setText] = useState(cart.note ?? "");
  const [state, setState] = useState<"idle" | "busy" | "saved">("idle");
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    if (state === "busy") return;
    setState("busy");
    setProblem(null);
    const outcome = await setNote(text.trim());
    setState(outcome.problem === null ? "saved" : "idle");
    setProblem(outcome.problem);
  };
  return (
    <details class="cart-section" open={cart.note !== null && cart.note !== ""}>
      <summary>A note to the shop</summary>
      <Form onSubmit={() => void save()}>
        <TextArea
          id="cart-note"
          label="Your note"
          value={text}
          onInput={(value) => {
            setText(value);
            setState("idle");
          }}
        />
        <div class="inline-actions">
          <button type="submit" class="button button-plain button-small" aria-disabled={state === "busy"}>
            Save the note
          </button>
          <span role="status">{state === "saved" ? "Saved." : ""}</span>
        </div>
      </Form>
      <ProblemText text={problem} />
    </details>
  );
}
