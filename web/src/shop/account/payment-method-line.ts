// What a saved way to pay is called on the page.

/** Brands whose name is not the provider's word for them with a capital letter. */
const BRAND_NAMES: Readonly<Record<string, string>> = {
  amex: "American Express",
  cartes_bancaires: "Cartes Bancaires",
  diners: "Diners Club",
  eftpos_au: "eftpos",
  jcb: "JCB",
  unionpay: "UnionPay",
};

/** A card's brand as people write it; null where the provider does not know it. */
function brandName(brand: string | null): string | null {
  if (brand === null || brand === "" || brand === "unknown") return null;
  return BRAND_NAMES[brand] ?? brand.charAt(0).toUpperCase() + brand.slice(1);
}

/** A way to pay in one line: what its owner calls it or its last digits, with the card's brand. */
export function paymentMethodLine({ hint, brand }: { readonly hint: string; readonly brand: string | null }): string {
  const name = brandName(brand);
  if (hint === "") return name ?? "Saved way to pay";
  if (/^\d+$/.test(hint)) return `${name ?? "Card"} ending in ${hint}`;
  return name === null ? hint : `${hint} (${name})`;
}
