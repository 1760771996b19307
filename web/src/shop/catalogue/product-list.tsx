// A list of products with its order, its conditions and its cards: all products, a search, a collection.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ListingFragment, ProductSort } from "../../generated/shop";
import { RetryNotice } from "../../shared/notices";
import { navigate } from "../router/location";
import { Loading } from "../ui/loading";
import { Filters } from "./filters";
import {
  formatListState,
  hasConditions,
  SORTS,
  toggleCondition,
  withoutConditions,
  type ListState,
} from "./list-state";
import type { LoadedListing } from "./listing";
import { ProductGrid } from "./product-grid";
import { describeCount, facetTitle, facetValueText } from "./wording";

interface ProductListProps {
  /** The collection's handle; null for all products. */
  readonly handle: string | null;
  readonly state: ListState;
  readonly loaded: LoadedListing;
  /** What is said where the list is empty without any condition. */
  readonly emptyText: string;
  /** The heading, and what stands below it. */
  children: ComponentChildren;
}

function changeState(state: ListState): void {
  navigate(location.pathname + formatListState(state));
}

/** The list. */
export function ProductList({ handle, state, loaded, emptyText, children }: ProductListProps) {
  const { listing, isLoading, failureMessage, retry } = loaded;
  return (
    <>
      {children}
      <RetryNotice message={failureMessage} onRetry={retry} />
      {listing === null
        ? failureMessage === null && <Loading label="Loading the products" />
        : (
          <LoadedList handle={handle} state={state} listing={listing} isLoading={isLoading} emptyText={emptyText} />
        )}
    </>
  );
}

interface LoadedListProps {
  readonly handle: string | null;
  readonly state: ListState;
  readonly listing: ListingFragment;
  readonly isLoading: boolean;
  readonly emptyText: string;
}

function LoadedList({ handle, state, listing, isLoading, emptyText }: LoadedListProps) {
  const [isOpen, setOpen] = useState(false);
  const isEmpty = listing.totalCount === 0;
  if (isEmpty && !hasConditions(state)) return <p class="lead">{emptyText}</p>;
  return (
    <div class="list">
      <div class="list-bar">
        <p class="list-count" role="status">
          {isLoading ? "Loading…" : describeCount(listing.totalCount)}
        </p>
        <button
          type="button"
          class="button button-plain button-small list-toggle"
          aria-expanded={isOpen}
          aria-controls="filters"
          onClick={() => { setOpen(!isOpen); }}
        >
          Filters
        </button>
        <SortField state={state} />
      </div>
      <div id="filters" class={isOpen ? "list-filters" : "list-filters list-filters-closed"}>
        <Filters state={state} facets={listing.facets} onChange={changeState} />
      </div>
      <div class="list-products" aria-busy={isLoading}>
        <ChosenConditions state={state} />
        {isEmpty ? (
          <NothingLeft state={state} />
        ) : (
          <ProductGrid key={formatListState(state)} handle={handle} state={state} listing={listing} />
        )}
      </div>
    </div>
  );
}

function SortField({ state }: { readonly state: ListState }) {
  const usual: ProductSort | "" = state.query === "" ? "" : "RELEVANCE";
  const choices = Object.entries(SORTS).filter(([sort]) => state.query !== "" || sort !== "RELEVANCE");
  return (
    <label class="sort">
      <span>Sort</span>
      <select
        value={state.sort ?? usual}
        onChange={({ currentTarget: { value } }) => {
          changeState({ ...state, sort: value === usual ? null : (value as ProductSort) });
        }}
      >
        {usual === "" && <option value="">Our selection</option>}
        {choices.map(([sort, text]) => (
          <option key={sort} value={sort}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The conditions at a glance, each with a way to take it back. */
function ChosenConditions({ state }: { readonly state: ListState }) {
  const { conditions, priceMin, priceMax } = state;
  const chosen = Object.entries(conditions).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  const chip = (text: string, next: ListState) => (
    <li key={text}>
      <button type="button" class="chip" aria-label={`Remove the filter ${text}`} onClick={() => { changeState(next); }}>
        {text}
        <span aria-hidden="true"> ×</span>
      </button>
    </li>
  );
  if (!hasConditions(state)) return null;
  return (
    <ul class="chips" aria-label="Filters in use">
      {chosen.map(({ name, value }) =>
        chip(`${facetTitle(name)}: ${facetValueText(name, value)}`, toggleCondition(state, name, value)),
      )}
      {priceMin !== "" && chip(`Price from ${priceMin}`, { ...state, priceMin: "" })}
      {priceMax !== "" && chip(`Price to ${priceMax}`, { ...state, priceMax: "" })}
    </ul>
  );
}

function NothingLeft({ state }: { readonly state: ListState }) {
  return (
    <div class="nothing">
      <p>No product has all of this.</p>
      <button type="button" class="button button-plain" onClick={() => { changeState(withoutConditions(state)); }}>
        Clear all filters
      </button>
    </div>
  );
}
