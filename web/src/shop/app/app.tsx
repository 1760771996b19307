// The whole shop: header, page, cart.

import { Provider } from "@urql/preact";
import { useMemo } from "preact/hooks";
import { PathProvider } from "../account/path";
import { createShopClient } from "../api/client";
import { SessionProvider, useSession } from "../api/session";
import { CartProvider } from "../cart/cart-context";
import { CartDialog } from "../cart/cart-dialog";
import { parseSegments } from "../router/address";
import { useLocation } from "../router/location";
import { findPage } from "../router/routes";
import { Footer } from "./footer";
import { Header } from "./header";

/** The shop for whoever is here. */
export function App() {
  return (
    <SessionProvider>
      <CurrentShop />
    </SessionProvider>
  );
}

function CurrentShop() {
  const { token, generation } = useSession();
  // Nothing that one person saw stays for the next.
  return <Shop key={generation} token={token} />;
}

function Shop({ token }: { readonly token: string | null }) {
  const client = useMemo(() => createShopClient(token), [token]);
  return (
    <Provider value={client}>
      <CartProvider>
        <PathProvider>
          <a class="skip" href="#content">
            Skip to the content
          </a>
          <Header />
          <CurrentPage />
          <Footer />
          <CartDialog />
        </PathProvider>
      </CartProvider>
    </Provider>
  );
}

function CurrentPage() {
  const { path } = useLocation();
  const { Page, handle } = findPage(parseSegments(path));
  return (
    <main id="content" tabIndex={-1}>
      <Page key={path} handle={handle} />
    </main>
  );
}
