// Choosing a size, a colour: what goes together, and what does not.

import type { ProductDetailsFragment } from "../../generated/shop";
import { HiddenText } from "../ui/hidden-text";
import { valueState, type Selection, type ValueState } from "./options";

interface OptionFieldsProps {
  readonly product: ProductDetailsFragment;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
}

const STATE_TEXTS: Readonly<Record<ValueState, string>> = {
  available: "",
  soldOut: " (sold out)",
  notMade: " (not made)",
};

/** A group of values for each option. */
export function OptionFields({ product, selection, onSelect }: OptionFieldsProps) {
  return (
    <>
      {product.options.map(({ name, values }) => (
        <fieldset key={name} class="option">
          <legend>
            {`${name} `}
            {selection[name] !== undefined && <span class="option-chosen">{selection[name]}</span>}
          </legend>
          <div class="option-values">
            {values.map((value) => {
              const state = valueState(product.variants, selection, name, value);
              return (
                <label key={value} class={state === "available" ? "value" : "value value-missing"}>
                  <input
                    type="radio"
                    name={`option-${name}`}
                    checked={selection[name] === value}
                    onChange={() => { onSelect({ ...selection, [name]: value }); }}
                  />
                  <span>
                    {value}
                    <HiddenText>{STATE_TEXTS[state]}</HiddenText>
                  </span>
                </label>
              );
            })}
          </div>
        </fieldset>
      ))}
    </>
  );
}
