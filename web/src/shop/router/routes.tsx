// The pages of the shop by their addresses. A page that is not needed at first is loaded when it is opened.

import type { FunctionComponent } from "preact";
import { lazy } from "./lazy";
import { ProductListPage } from "../catalogue/list-page";
import { MissingPage } from "../app/missing-page";

/** What every page gets: the last segment of its address, where that is a name. */
export interface PageProps {
  readonly handle: string;
}

type Page = FunctionComponent<PageProps>;

const PAGES: Readonly<Record<string, Page>> = {
  "": ProductListPage,
  search: ProductListPage,
  "products/*": lazy(async () => (await import("../catalogue/product-page")).ProductPage),
  "collections/*": lazy(async () => (await import("../catalogue/collection-page")).CollectionPage),
  checkout: lazy(async () => (await import("../checkout/page")).CheckoutPage),
  orders: lazy(async () => (await import("../orders/page")).OrdersPage),
  "orders/*": lazy(async () => (await import("../orders/order-page")).OrderPage),
  gifts: lazy(async () => (await import("../gifts/page")).GiftsPage),
  "gifts/*": lazy(async () => (await import("../gifts/gift-page")).GiftPage),
  "give/*": lazy(async () => (await import("../gifts/give-page")).GivePage),
  account: lazy(async () => (await import("../account/page")).AccountPage),
};

/** The page at `segments`, and the name in its address. */
export function findPage(segments: readonly string[] | null): { readonly Page: Page; readonly handle: string } {
  const [section = "", handle = "", ...more] = segments ?? ["?"];
  const pattern = handle === "" ? section : `${section}/*`;
  const page = more.length === 0 && Object.hasOwn(PAGES, pattern) ? PAGES[pattern] : undefined;
  return { Page: page ?? MissingPage, handle };
}
