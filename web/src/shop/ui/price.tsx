// Prices as they stand on cards and pages.

import { HiddenText } from "./hidden-text";

interface PriceProps {
  readonly text: string;
  /** What it cost before; null where it cost no more. */
  readonly before: string | null;
  /** Whether other variants cost more. */
  readonly isLowest?: boolean;
}

/** A price, with what it was before. */
export function Price({ text, before, isLowest = false }: PriceProps) {
  return (
    <p class={before === null ? "price" : "price price-reduced"}>
      {isLowest && <span class="price-from">from </span>}
      <span>{text}</span>
      {before !== null && (
        <s>
          <HiddenText>before: </HiddenText>
          {before}
        </s>
      )}
    </p>
  );
}
