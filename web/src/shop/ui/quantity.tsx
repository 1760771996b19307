// How many: one less, a number, one more.

import { useEffect, useState } from "preact/hooks";
import { HiddenText } from "./hidden-text";

const MAX_QUANTITY = 999;

interface QuantityProps {
  readonly id: string;
  /** What there are so many of. */
  readonly of: string;
  readonly value: number;
  readonly onChange: (quantity: number) => void;
}

/** A quantity of 1 or more. */
export function Quantity({ id, of, value, onChange }: QuantityProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => { setText(String(value)); }, [value]);
  const change = (quantity: number): void => {
    const changed = Math.min(Math.max(quantity, 1), MAX_QUANTITY);
    setText(String(changed));
    if (changed !== value) onChange(changed);
  };
  return (
    <div class="quantity" role="group" aria-label={`Quantity of ${of}`}>
      <button type="button" aria-disabled={value <= 1} onClick={() => { change(value - 1); }}>
        <span aria-hidden="true">−</span>
        <HiddenText>One less</HiddenText>
      </button>
      <input
        id={id}
        type="text"
        inputMode="numeric"
        autoComplete="off"
        aria-label={`Quantity of ${of}`}
        value={text}
        onInput={(event) => { setText(event.currentTarget.value); }}
        onChange={() => {
          const quantity = /^\d{1,3}$/.test(text.trim()) ? Number(text) : value;
          change(quantity);
        }}
      />
      <button type="button" aria-disabled={value >= MAX_QUANTITY} onClick={() => { change(value + 1); }}>
        <span aria-hidden="true">+</span>
        <HiddenText>One more</HiddenText>
      </button>
    </div>
  );
}
