// The conditions of a list: values of facets with how many products each would leave, and prices.

import { useState } from "preact/hooks";
import type { ListingFragment } from "../../generated/shop";
import { Form } from "../../shared/form";
import { HiddenText } from "../ui/hidden-text";
import { ProblemText } from "../ui/problem";
import { hasConditions, parseAmount, toggleCondition, withoutConditions, type ListState } from "./list-state";
import { facetTitle, facetValueText } from "./wording";

type Facet = ListingFragment["facets"][number];
type FacetValue = Facet["values"][number];

interface FiltersProps {
  readonly state: ListState;
  readonly facets: readonly Facet[];
  readonly onChange: (state: ListState) => void;
}

const FEW_VALUES = 7;

/** A facet's values, those asked for among them also where nothing is left of them. */
function listValues(facet: Facet, chosen: readonly string[]): readonly FacetValue[] {
  const known = new Set(facet.values.map(({ value }) => value));
  return [...facet.values, ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }))];
}

/** The facets between whose values there is something to choose. */
function listFacets(facets: readonly Facet[], { conditions }: ListState): readonly Facet[] {
  const named = new Set(facets.map(({ name }) => name));
  const chosen = Object.keys(conditions).filter((name) => !named.has(name));
  return [...facets, ...chosen.map((name) => ({ name, values: [] }))].filter(
    ({ name, values }) => values.length > 1 || Object.hasOwn(conditions, name),
  );
}

/** All conditions. */
export function Filters({ state, facets, onChange }: FiltersProps) {
  return (
    <div class="filters">
      {listFacets(facets, state).map((facet) => (
        <FacetFilter key={facet.name} facet={facet} state={state} onChange={onChange} />
      ))}
      <PriceFilter key={`${state.priceMin} ${state.priceMax}`} state={state} onChange={onChange} />
      {hasConditions(state) && (
        <button type="button" class="link" onClick={() => { onChange(withoutConditions(state)); }}>
          Clear all filters
        </button>
      )}
    </div>
  );
}

function FacetFilter({ facet, state, onChange }: Omit<FiltersProps, "facets"> & { readonly facet: Facet }) {
  const { name } = facet;
  const [showsAll, setShowsAll] = useState(false);
  const chosen = state.conditions[name] ?? [];
  const values = listValues(facet, chosen);
  const shown = showsAll ? values : values.filter(({ value }, index) => index < FEW_VALUES || chosen.includes(value));
  return (
    <fieldset class="facet">
      <legend>{facetTitle(name)}</legend>
      {shown.map(({ value, count }) => (
        <label key={value} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={() => { onChange(toggleCondition(state, name, value)); }}
          />
          <span>{facetValueText(name, value)}</span>
          <span class="check-count">
            <HiddenText>, products: </HiddenText>
            {count.toLocaleString("en")}
          </span>
        </label>
      ))}
      {shown.length < values.length && (
        <button type="button" class="link" onClick={() => { setShowsAll(true); }}>
          {`Show all ${String(values.length)}`}
          <HiddenText>{` values of ${facetTitle(name)}`}</HiddenText>
        </button>
      )}
    </fieldset>
  );
}

/** The lowest and highest price; asked for when both are as the reader wants them. */
function PriceFilter({ state, onChange }: Omit<FiltersProps, "facets">) {
  const [min, setMin] = useState(state.priceMin);
  const [max, setMax] = useState(state.priceMax);
  const [problem, setProblem] = useState<string | null>(null);
  const apply = (): void => {
    const wrong = [min, max].find((text) => text.trim() !== "" && parseAmount(text) === null);
    if (wrong !== undefined) {
      setProblem(`“${wrong.trim()}” is not a price. Write it like 12 or 12.50.`);
      return;
    }
    setProblem(null);
    onChange({ ...state, priceMin: parseAmount(min) ?? "", priceMax: parseAmount(max) ?? "" });
  };
  const field = (label: string, value: string, onInput: (text: string) => void) => (
    <label>
      <span>{label}</span>
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        aria-invalid={problem !== null}
        value={value}
        onInput={(event) => { onInput(event.currentTarget.value); }}
      />
    </label>
  );
  return (
    <Form onSubmit={apply}>
      <fieldset class="facet prices">
        <legend>Price</legend>
        <div class="prices-fields">
          {field("From", min, setMin)}
          {field("To", max, setMax)}
          <button type="submit" class="button button-plain button-small">
            Apply
            <HiddenText> the prices</HiddenText>
          </button>
        </div>
        <ProblemText text={problem} />
      </fieldset>
    </Form>
  );
}
