// The cards of a list, and the way to more of them.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ListingFragment, ListingPageFragment } from "../../generated/shop";
import { RetryNotice } from "../../shared/notices";
import type { ListState } from "./list-state";
import { useNextPage } from "./listing";
import { ProductCard } from "./product-card";

type PageInfo = ListingPageFragment["pageInfo"];

interface ProductGridProps {
  readonly handle: string | null;
  readonly state: ListState;
  readonly listing: ListingFragment;
}

const EAGER_PICTURES = 8;

/** Where the pages after the first begin, kept in the browser's history: its Back button leads to the same list. */
function readCursors(): readonly string[] {
  const state: unknown = history.state;
  if (typeof state !== "object" || state === null || !("cursors" in state)) return [];
  const { cursors } = state;
  return Array.isArray(cursors) ? cursors.filter((cursor): cursor is string => typeof cursor === "string") : [];
}

/** The cards, as many pages as were asked for. */
export function ProductGrid({ handle, state, listing }: ProductGridProps) {
  const [cursors, setCursors] = useState(readCursors);
  const [pages, setPages] = useState<Readonly<Record<string, ListingPageFragment>>>({});
  const [keepPage] = useState(() => (after: string, page: ListingPageFragment): void => {
    setPages((known) => ({ ...known, [after]: page }));
  });
  const [isAsked, setAsked] = useState(false);
  const lastCursor = cursors.at(-1);
  const lastPage: PageInfo | undefined = lastCursor === undefined ? listing.pageInfo : pages[lastCursor]?.pageInfo;
  const shownCount = Object.values(pages).reduce((sum, page) => sum + page.nodes.length, listing.nodes.length);
  const showMore = (): void => {
    const next = lastPage?.endCursor ?? null;
    if (next === null) return;
    const changed = [...cursors, next];
    setCursors(changed);
    setAsked(true);
    history.replaceState({ cursors: changed }, "");
  };
  return (
    <>
      <ul class="grid">
        {listing.nodes.map((product, index) => (
          <ProductCard key={product.id} product={product} eager={index < EAGER_PICTURES} />
        ))}
        {cursors.map((after) => (
          <NextPage
            key={after}
            handle={handle}
            state={state}
            after={after}
            takesFocus={isAsked && after === lastCursor}
            onLoad={keepPage}
          />
        ))}
      </ul>
      <div class="more">
        <p role="status">
          {shownCount < listing.totalCount &&
            `${shownCount.toLocaleString("en")} of ${listing.totalCount.toLocaleString("en")} shown`}
        </p>
        {(lastPage === undefined || lastPage.hasNextPage) && (
          <button type="button" class="button button-plain" aria-disabled={lastPage === undefined} onClick={showMore}>
            {lastPage === undefined ? "Loading…" : "Show more"}
          </button>
        )}
      </div>
    </>
  );
}

interface NextPageProps {
  readonly handle: string | null;
  readonly state: ListState;
  readonly after: string;
  /** Whether the reader has just asked for it: goes on at its first card. */
  readonly takesFocus: boolean;
  readonly onLoad: (after: string, page: ListingPageFragment) => void;
}

function NextPage({ handle, state, after, takesFocus, onLoad }: NextPageProps) {
  const { page, failureMessage, retry } = useNextPage(handle, state, after);
  const first = useRef<HTMLLIElement>(null);
  const isLoaded = page !== null;
  useEffect(() => {
    if (page !== null) onLoad(after, page);
  }, [after, page, onLoad]);
  useEffect(() => {
    if (isLoaded && takesFocus) first.current?.querySelector("a")?.focus({ preventScroll: true });
  }, [isLoaded, takesFocus]);
  if (page === null)
    return (
      <li class="grid-notice">
        <RetryNotice message={failureMessage} onRetry={retry} />
      </li>
    );
  return (
    <>
      {page.nodes.map((product, index) => (
        <ProductCard key={product.id} product={product} cardRef={index === 0 ? first : null} />
      ))}
    </>
  );
}
