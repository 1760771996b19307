// What a list of products shows, as its address says it: the words searched for, the order, the conditions.

import type { ProductFilterInput, ProductSort } from "../../generated/shop";

/** The orders a reader may choose, in the order shown. */
export const SORTS: Readonly<Record<ProductSort, string>> = {
  RELEVANCE: "Best match",
  TITLE: "Name",
  PRICE_ASC: "Price, lowest first",
  PRICE_DESC: "Price, highest first",
  NEWEST: "Newest",
};

/** Values that are asked for, by the name of their facet. */
export type Conditions = Readonly<Record<string, readonly string[]>>;

/** A list as its address says it. */
export interface ListState {
  /** The words searched for; empty: none. */
  readonly query: string;
  /** Null: the shop's own order. */
  readonly sort: ProductSort | null;
  readonly conditions: Conditions;
  /** A decimal amount, or empty. */
  readonly priceMin: string;
  readonly priceMax: string;
}

// Facets are named by merchants, also "q" or "sort": they stand apart from the other parameters.
const FACET_PREFIX = "f.";
const AMOUNT = /^\d{1,9}(?:\.\d{1,4})?$/;

function isSort(text: string | null): text is ProductSort {
  return text !== null && Object.hasOwn(SORTS, text);
}

/** `text` as the API wants amounts, with a decimal point; null if it is none. */
export function parseAmount(text: string): string | null {
  const amount = text.trim().replace(",", ".");
  return AMOUNT.test(amount) ? amount : null;
}

/** The list at an address with these parameters; what cannot be understood is left out. */
export function parseListState(parameters: URLSearchParams): ListState {
  const sort = parameters.get("sort");
  const names = [...new Set(parameters.keys())].filter((name) => name.startsWith(FACET_PREFIX));
  return {
    query: (parameters.get("q") ?? "").trim(),
    sort: isSort(sort) ? sort : null,
    conditions: Object.fromEntries(
      names.map((name) => [name.slice(FACET_PREFIX.length), [...new Set(parameters.getAll(name))]]),
    ),
    priceMin: parseAmount(parameters.get("min") ?? "") ?? "",
    priceMax: parseAmount(parameters.get("max") ?? "") ?? "",
  };
}

/** The parameters of a list's address: `?q=mug&f.Color=blue`; empty where it shows everything. */
export function formatListState({ query, sort, conditions, priceMin, priceMax }: ListState): string {
  const parameters = new URLSearchParams();
  if (query !== "") parameters.set("q", query);
  if (sort !== null) parameters.set("sort", sort);
  for (const [name, values] of Object.entries(conditions))
    for (const value of values) parameters.append(FACET_PREFIX + name, value);
  if (priceMin !== "") parameters.set("min", priceMin);
  if (priceMax !== "") parameters.set("max", priceMax);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** `state` with the value of a facet asked for, or no longer. */
export function toggleCondition(state: ListState, name: string, value: string): ListState {
  const values = state.conditions[name] ?? [];
  const changed = values.includes(value) ? values.filter((known) => known !== value) : [...values, value];
  const conditions = Object.entries({ ...state.conditions, [name]: changed });
  return { ...state, conditions: Object.fromEntries(conditions.filter(([, chosen]) => chosen.length > 0)) };
}

/** Whether anything but the words and the order limits the list. */
export function hasConditions({ conditions, priceMin, priceMax }: ListState): boolean {
  return Object.keys(conditions).length > 0 || priceMin !== "" || priceMax !== "";
}

/** `state` without any condition. */
export function withoutConditions(state: ListState): ListState {
  return { ...state, conditions: {}, priceMin: "", priceMax: "" };
}

const LISTS: Readonly<Record<string, "vendors" | "types" | "tags">> = { vendor: "vendors", type: "types", tag: "tags" };

/** What the API calls an option's facet, where the option is named like another facet. */
const OPTION_PREFIX = "option:";

/** The option that a facet's values are of. */
export function optionName(facet: string): string {
  return facet.startsWith(OPTION_PREFIX) ? facet.slice(OPTION_PREFIX.length) : facet;
}

function parseFilter({ conditions, priceMin, priceMax }: ListState): ProductFilterInput {
  const filter: Record<string, unknown> = {};
  const options: { readonly name: string; readonly values: readonly string[] }[] = [];
  for (const [name, values] of Object.entries(conditions)) {
    const list = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined;
    if (list !== undefined) filter[list] = values;
    else if (name !== "available") options.push({ name: optionName(name), values });
    // Both are no condition.
    else if (values.length === 1) filter["available"] = values[0] === "true";
  }
  if (options.length > 0) filter["options"] = options;
  if (priceMin !== "") filter["priceMin"] = priceMin;
  if (priceMax !== "") filter["priceMax"] = priceMax;
  return filter;
}

/** The variables that ask for a list. What is not asked for is absent, so that equal lists are one in the cache. */
export interface ListVariables {
  readonly first: number;
  readonly query?: string;
  readonly sort?: ProductSort;
  readonly filter?: ProductFilterInput;
}

/** The variables for the first `first` products of a list. */
export function listVariables(state: ListState, first: number): ListVariables {
  const filter = parseFilter(state);
  return {
    first,
    ...(state.query === "" ? {} : { query: state.query }),
    ...(state.sort === null ? {} : { sort: state.sort }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
  };
}
