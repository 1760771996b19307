// Choosing a variant by its options: which there is, which can be bought, which is shown at first.

/** What is chosen, by the name of the option. */
export type Selection = Readonly<Record<string, string>>;

/** What choosing needs to know of a variant. */
export interface ChoosableVariant {
  readonly id: string;
  readonly availableForSale: boolean;
  readonly selectedOptions: readonly { readonly name: string; readonly value: string }[];
}

/** The values of a variant, by the name of the option. */
export function selectionOf(variant: ChoosableVariant): Selection {
  return Object.fromEntries(variant.selectedOptions.map(({ name, value }) => [name, value]));
}

function matches(variant: ChoosableVariant, selection: Selection): boolean {
  return variant.selectedOptions.every(({ name, value }) => selection[name] === value);
}

/** The variant that is shown first: the first that can be bought, else the first. */
export function firstVariant<Variant extends ChoosableVariant>(variants: readonly Variant[]): Variant | null {
  return variants.find(({ availableForSale }) => availableForSale) ?? variants[0] ?? null;
}

/** The variant with exactly these values; null where it is not made. */
export function findVariant<Variant extends ChoosableVariant>(
  variants: readonly Variant[],
  selection: Selection,
): Variant | null {
  return variants.find((variant) => matches(variant, selection)) ?? null;
}

/** How a value goes together with what else is chosen. */
export type ValueState = "available" | "soldOut" | "notMade";

/** What choosing `value` for the option `name` would lead to, the other choices kept. */
export function valueState(
  variants: readonly ChoosableVariant[],
  selection: Selection,
  name: string,
  value: string,
): ValueState {
  const variant = findVariant(variants, { ...selection, [name]: value });
  if (variant === null) return "notMade";
  return variant.availableForSale ? "available" : "soldOut";
}

/** A variant's values in one text: "Blue / M"; empty where the product has no options. */
export function optionText(variant: ChoosableVariant): string {
  return variant.selectedOptions.map(({ value }) => value).join(" / ");
}
