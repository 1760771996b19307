// What lists and pages of products say.

/** What a buyer should know of when a variant can be had. */
export interface Availability {
  readonly availableForSale: boolean;
  readonly shipsInDays: number | null;
}

/** A sentence about when it can be had; null where there is nothing to say: it ships at once. */
export function describeAvailability({ availableForSale, shipsInDays }: Availability): string | null {
  if (!availableForSale) return "Sold out";
  if (shipsInDays === null) return null;
  return shipsInDays === 1 ? "Ships in 1 day" : `Ships in ${String(shipsInDays)} days`;
}

const FEW = 5;

/** How many are left, where that is few; null elsewhere. */
export function describeStock(availableQuantity: number | null, shipsInDays: number | null): string | null {
  if (availableQuantity === null || shipsInDays !== null) return null;
  return availableQuantity > 0 && availableQuantity <= FEW ? `Only ${String(availableQuantity)} left` : null;
}

/** Why so many of it cannot be bought as things are; null where they can. */
export function describeShortage(
  quantity: number,
  { availableForSale, availableQuantity, shipsInDays }: Availability & { readonly availableQuantity: number | null },
): string | null {
  if (!availableForSale) return "Sold out: remove it to go on.";
  if (availableQuantity === null || shipsInDays !== null || quantity <= availableQuantity) return null;
  return `Only ${String(availableQuantity)} left: take fewer to go on.`;
}

/** How long a list is. */
export function describeCount(count: number): string {
  return count === 1 ? "1 product" : `${count.toLocaleString("en")} products`;
}

const FACET_TITLES: Readonly<Record<string, string>> = {
  available: "Availability",
  vendor: "Brand",
  type: "Kind",
  tag: "Theme",
};

/** A facet's heading; an option's own name where it is one. */
export function facetTitle(name: string): string {
  return Object.hasOwn(FACET_TITLES, name) ? (FACET_TITLES[name] ?? name) : name.replace(/^option:/, "");
}

/** A facet's value in words. */
export function facetValueText(name: string, value: string): string {
  if (name !== "available") return value;
  return value === "true" ? "Can be bought now" : "Sold out";
}
