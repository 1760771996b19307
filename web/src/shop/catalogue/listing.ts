// Lists of products as they are loaded: the first page with its facets, then one page after another.

import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import {
  CollectionListDocument,
  MoreOfCollectionDocument,
  MoreProductsDocument,
  ProductListDocument,
  type CollectionListQuery,
  type ListingFragment,
  type ListingPageFragment,
} from "../../generated/shop";
import { describeError } from "../api/errors";
import firstList from "./first-list.json";
import { listVariables, type ListState } from "./list-state";

const PAGE_SIZE = firstList.variables.first;

/** A list as far as it is loaded. */
export interface LoadedListing {
  /** The first page; while another is loaded, the one before. Null until there is one, and where there is no such list. */
  readonly listing: ListingFragment | null;
  /** The collection whose products these are; null for all products. */
  readonly collection: CollectionListQuery["collection"];
  readonly isLoading: boolean;
  readonly failureMessage: string | null;
  readonly retry: () => void;
}

/** The first page of all products, or of the collection with `handle`. */
export function useListing(handle: string | null, state: ListState): LoadedListing {
  const variables = listVariables(state, PAGE_SIZE);
  const [all, reloadAll] = useQuery({ query: ProductListDocument, variables, pause: handle !== null });
  const [some, reloadSome] = useQuery({
    query: CollectionListDocument,
    variables: collectionVariables(handle, variables),
    pause: handle === null,
  });
  const { fetching, error } = handle === null ? all : some;
  const collection = handle === null ? null : (some.data?.collection ?? null);
  const current = handle === null ? all.data?.products : collection?.products;
  const [last, setLast] = useState<ListingFragment | null>(null);
  useEffect(() => {
    if (current !== undefined) setLast(current);
  }, [current]);
  const isUnanswered = fetching || error !== undefined;
  return {
    listing: current ?? (isUnanswered ? last : null),
    collection,
    isLoading: fetching,
    failureMessage: error === undefined || current !== undefined ? null : describeError(error),
    retry: () => {
      if (handle === null) reloadAll({ requestPolicy: "network-only" });
      else reloadSome({ requestPolicy: "network-only" });
    },
  };
}

function collectionVariables<Variables extends object>(handle: string | null, variables: Variables) {
  return { handle: handle ?? "", ...variables };
}

/** A page after the first, as far as it is loaded. */
export interface LoadedPage {
  readonly page: ListingPageFragment | null;
  readonly failureMessage: string | null;
  readonly retry: () => void;
}

/** The page that begins after `after`. */
export function useNextPage(handle: string | null, state: ListState, after: string): LoadedPage {
  const variables = { ...listVariables(state, PAGE_SIZE), after };
  const [all, reloadAll] = useQuery({ query: MoreProductsDocument, variables, pause: handle !== null });
  const [some, reloadSome] = useQuery({
    query: MoreOfCollectionDocument,
    variables: collectionVariables(handle, variables),
    pause: handle === null,
  });
  const page = (handle === null ? all.data?.products : some.data?.collection?.products) ?? null;
  const { error } = handle === null ? all : some;
  return {
    page,
    failureMessage: page !== null || error === undefined ? null : describeError(error),
    retry: () => {
      if (handle === null) reloadAll({ requestPolicy: "network-only" });
      else reloadSome({ requestPolicy: "network-only" });
    },
  };
}
