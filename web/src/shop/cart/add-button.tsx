// The button that puts a variant into the cart, and shows the cart.

import { useState } from "preact/hooks";
import { HiddenText } from "../ui/hidden-text";
import { ProblemText } from "../ui/problem";
import { useCart } from "./cart-context";

interface AddToCartProps {
  readonly variantId: string;
  /** What is added. */
  readonly of: string;
  readonly quantity?: number;
  /** Whether it is one of many on the page, so that its name says of what it is. */
  readonly plain?: boolean;
}

/** “Add to cart”. */
export function AddToCartButton({ variantId, of, quantity = 1, plain = false }: AddToCartProps) {
  const { addLine, open } = useCart();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    const outcome = await addLine(variantId, quantity);
    setBusy(false);
    setProblem(outcome.problem);
    if (outcome.problem === null) open();
  };
  return (
    <div class="add">
      <button type="button" class="button button-plain" aria-disabled={isBusy} onClick={() => void add()}>
        {isBusy ? "Adding…" : "Add to cart"}
        {plain && <HiddenText>{`: ${of}`}</HiddenText>}
      </button>
      <ProblemText text={problem} />
    </div>
  );
}
