// What stands above every page: the shop's name, the search, the ways to its pages, the cart.

import { useQuery } from "@urql/preact";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CollectionsDocument } from "../../generated/shop";
import { Form } from "../../shared/form";
import { useCart } from "../cart/cart-context";
import { collectionAddress, pageAddress } from "../router/address";
import { Link, navigate, useLocation } from "../router/location";
import { HiddenText } from "../ui/hidden-text";

/** The header. */
export function Header() {
  const { path } = useLocation();
  const places = [
    ["Orders", pageAddress("orders")],
    ["Gifts", pageAddress("gifts")],
    ["Account", pageAddress("account")],
  ] as const;
  const header = useRef<HTMLElement>(null);
  useHeight(header);
  return (
    <header class="header" ref={header}>
      <div class="header-row">
        <Link class="brand" href={pageAddress()}>
          <BrandMark />
          The Shop
        </Link>
        <SearchForm />
        <nav class="places" aria-label="Yours">
          {places.map(([text, href]) => (
            <Link key={href} href={href} current={path === href}>
              {text}
            </Link>
          ))}
        </nav>
        <CartButton />
      </div>
      <CollectionLinks path={path} />
    </header>
  );
}

/** Tells the styles how high the header is: with larger letters, or without collections, it is another height. */
function useHeight(header: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { current } = header;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--header-height", `${String(current.offsetHeight)}px`);
    });
    observer.observe(current);
    return () => { observer.disconnect(); };
  }, [header]);
}

function BrandMark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="brand-bag" d="M5 11h22l2 17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z" />
      <path class="brand-handle" d="M10 15V9a6 6 0 0 1 12 0v6" />
    </svg>
  );
}

/** The search; its words stay while what they find is shown. */
function SearchForm() {
  const { path, query } = useLocation();
  const asked = path === pageAddress("search") ? (query.get("q") ?? "") : "";
  const [text, setText] = useState(asked);
  useEffect(() => { setText(asked); }, [asked]);
  const search = (): void => {
    const words = text.trim();
    navigate(words === "" ? pageAddress() : `${pageAddress("search")}?${new URLSearchParams({ q: words }).toString()}`);
  };
  return (
    <div class="search" role="search">
      <Form onSubmit={search}>
        <input
          type="search"
          aria-label="Search products"
          autoComplete="off"
          enterKeyHint="search"
          placeholder="Search products"
          value={text}
          onInput={(event) => { setText(event.currentTarget.value); }}
        />
        <button type="submit" class="search-button">
          <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <circle cx="10.500" cy="10.500" r="6.500" />
            <path d="M15.500 15.500L21 21" />
          </svg>
          <HiddenText>Search</HiddenText>
        </button>
      </Form>
    </div>
  );
}

function CartButton() {
  const { quantity, open } = useCart();
  return (
    <button type="button" class="cart-button" aria-haspopup="dialog" onClick={open}>
      Cart
      {quantity > 0 && (
        <span class="cart-count">
          {quantity}
          <HiddenText>{quantity === 1 ? " piece" : " pieces"}</HiddenText>
        </span>
      )}
    </button>
  );
}

function CollectionLinks({ path }: { readonly path: string }) {
  const [{ data }] = useQuery({ query: CollectionsDocument });
  const collections = data?.collections.nodes ?? [];
  if (collections.length === 0) return null;
  return (
    <nav class="collections" aria-label="Collections">
      <ul>
        <li>
          <Link href={pageAddress()} current={path === pageAddress()}>
            All products
          </Link>
        </li>
        {collections.map(({ id, handle, title }) => (
          <li key={id}>
            <Link href={collectionAddress(handle)} current={path === collectionAddress(handle)}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
