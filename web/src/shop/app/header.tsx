// What stands above every page: the shop's name, the ways to its pages, the cart.

import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import { useCart } from "../cart/cart-context";

/** The header. */
export function Header() {
  const { quantity, open } = useCart();
  return (
    <header class="header">
      <Link class="brand" href={pageAddress()}>
        Shop
      </Link>
      <nav aria-label="Shop">
        <Link href={pageAddress("orders")}>Orders</Link>
        <Link href={pageAddress("gifts")}>Gifts</Link>
        <Link href={pageAddress("account")}>Account</Link>
      </nav>
      <button type="button" class="button button-plain" onClick={open}>
        Cart ({quantity})
      </button>
    </header>
  );
}
