// What the recipient typed, and how it meets a country's address format and the gateway's findings.

import type { AddressFormatQuery, AddressInput, AnswerFragment } from "../generated/operations";

export type Format = NonNullable<AddressFormatQuery["addressFormat"]>;
export type FormatField = Format["fields"][number];
export type UserError = AnswerFragment["userErrors"][number];

/** Every box the form can show. The gateway's `lines` are two boxes here. */
export const BOXES = ["country", "name", "line1", "line2", "city", "region", "postalCode", "phone"] as const;
export type Box = (typeof BOXES)[number];
export type Draft = Readonly<Record<Box, string>>;
export type Errors = Readonly<Partial<Record<Box, string>>>;

export const EMPTY: Draft = {
  country: "",
  name: "",
  line1: "",
  line2: "",
  city: "",
  region: "",
  postalCode: "",
  phone: "",
};

/** One box of the form, in the order of the country's own format. */
export interface Entry {
  readonly box: Box;
  readonly label: string;
  readonly required: boolean;
  readonly options: FormatField["options"];
  readonly example: string | null;
}

function isBox(name: string): name is Box {
  return (BOXES as readonly string[]).includes(name);
}

function entriesOf(field: FormatField): readonly Entry[] {
  const { label, required, options, example } = field;
  if (field.name === "lines")
    return [
      { box: "line1", label, required, options: [], example },
      { box: "line2", label: "Apartment, floor, company", required: false, options: [], example: null },
    ];
  return isBox(field.name) ? [{ box: field.name, label, required, options, example }] : [];
}

/** The boxes for a country's format. */
export function entries(format: Format): readonly Entry[] {
  return format.fields.flatMap(entriesOf);
}

/** The required boxes that are still empty, each with a message. */
export function missing(draft: Draft, shown: readonly Entry[]): Errors {
  const empty = shown.filter((entry) => entry.required && draft[entry.box].trim() === "");
  return Object.fromEntries(empty.map((entry) => [entry.box, `${entry.label} is missing.`]));
}

/** The address to send: only what this country's format asks for, empty boxes left out. */
export function addressInput(draft: Draft, shown: readonly Entry[]): AddressInput {
  const asked = new Set(shown.map((entry) => entry.box));
  const typed = (box: Box): string | null => (asked.has(box) && draft[box].trim() !== "" ? draft[box].trim() : null);
  return {
    name: draft.name.trim(),
    country: draft.country,
    lines: [typed("line1"), typed("line2")].filter((line) => line !== null),
    city: typed("city"),
    region: typed("region"),
    postalCode: typed("postalCode"),
    phone: typed("phone"),
  };
}

/** The box a user error's path names, or null where it names none. */
export function boxAt(path: readonly string[] | null): Box | null {
  if (path?.[0] !== "input" || path[1] !== "address") return null;
  const [, , name, index] = path;
  if (name === "lines") return index === "1" ? "line2" : "line1";
  return name !== undefined && isBox(name) ? name : null;
}

/** User errors, those beside a shown box apart from those about the whole. */
export function sorted(
  userErrors: readonly UserError[],
  shown: readonly Entry[],
): { readonly beside: Errors; readonly whole: readonly string[] } {
  const asked = new Set<Box>(["country", ...shown.map((entry) => entry.box)]);
  const beside: Partial<Record<Box, string>> = {};
  const whole: string[] = [];
  for (const { field, message } of userErrors) {
    const box = boxAt(field);
    if (box === null || !asked.has(box)) whole.push(message);
    else beside[box] = beside[box] === undefined ? message : `${beside[box]} ${message}`;
  }
  return { beside, whole };
}

/** The country a browser's languages suggest ("en-GB" says GB, "sv" most likely SE), where gifts go there; else none. */
export function likelyCountry(languages: readonly string[], offered: readonly { readonly code: string }[]): string {
  const codes = new Set(offered.map((country) => country.code));
  const regions = languages.map((language) => new Intl.Locale(language).maximize().region);
  return regions.find((region) => region !== undefined && codes.has(region)) ?? "";
}
