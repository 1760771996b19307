// What the reader typed, and how it meets a country's address format and the gateway's errors.

import type { AddressFormatQuery, AddressInput, ErrorCode } from "../generated/operations";

export type AddressFormat = NonNullable<AddressFormatQuery["addressFormat"]>;
export type AddressFormatField = AddressFormat["fields"][number];

/** Why a request was refused. */
export interface UserError {
  readonly code: ErrorCode;
  readonly field: readonly string[] | null;
  readonly message: string;
  /** Whether the request may be sent again, its warnings confirmed. */
  readonly confirmable?: boolean;
}

/** Every field the form can show. The gateway's `lines` are two fields here. */
export const FIELD_NAMES = ["country", "name", "line1", "line2", "city", "region", "postalCode", "phone"] as const;
export type FieldName = (typeof FIELD_NAMES)[number];
export type AddressDraft = Readonly<Record<FieldName, string>>;
export type FieldErrors = Readonly<Partial<Record<FieldName, string>>>;

export const EMPTY_DRAFT: AddressDraft = {
  country: "",
  name: "",
  line1: "",
  line2: "",
  city: "",
  region: "",
  postalCode: "",
  phone: "",
};

/** An address as the gateway gives it. */
interface WrittenAddress {
  readonly name: string;
  readonly country: string;
  readonly region: string | null;
  readonly city: string | null;
  readonly postalCode: string | null;
  readonly lines: readonly string[];
  readonly phone: string | null;
}

/** An address as a draft, to begin from; an empty one where there is none. */
export function draftAddress(address: WrittenAddress | null): AddressDraft {
  if (address === null) return EMPTY_DRAFT;
  const { name, country, region, city, postalCode, lines, phone } = address;
  const [line1 = "", ...otherLines] = lines;
  return {
    name,
    country,
    line1,
    line2: otherLines.join(", "),
    city: city ?? "",
    region: region ?? "",
    postalCode: postalCode ?? "",
    phone: phone ?? "",
  };
}

/** What an estimate knows of an address. */
interface KnownPlace {
  readonly country: string;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
}

/** A draft that begins with the place that was said already; undefined where none was. */
export function draftFromPlace(place: KnownPlace | null): AddressDraft | undefined {
  if (place === null) return undefined;
  const { country, region, postalCode, city } = place;
  return { ...EMPTY_DRAFT, country, region: region ?? "", postalCode: postalCode ?? "", city: city ?? "" };
}

/** One field of the form, in the order of the country's own format. */
export interface FormField {
  readonly name: FieldName;
  readonly label: string;
  readonly required: boolean;
  readonly options: AddressFormatField["options"];
  readonly example: string | null;
}

function isFieldName(name: string): name is FieldName {
  return (FIELD_NAMES as readonly string[]).includes(name);
}

function toFormFields(field: AddressFormatField): readonly FormField[] {
  const { label, required, options, example } = field;
  if (field.name === "lines")
    return [
      { name: "line1", label, required, options: [], example },
      { name: "line2", label: "Apartment, floor, company", required: false, options: [], example: null },
    ];
  return isFieldName(field.name) ? [{ name: field.name, label, required, options, example }] : [];
}

/** The fields for a country's format. */
export function formFields(format: AddressFormat): readonly FormField[] {
  return format.fields.flatMap(toFormFields);
}

/** The required fields that are still empty, each with a message. */
export function checkRequiredFields(draft: AddressDraft, fields: readonly FormField[]): FieldErrors {
  const emptyFields = fields.filter((field) => field.required && draft[field.name].trim() === "");
  return Object.fromEntries(emptyFields.map((field) => [field.name, `${field.label} is missing.`]));
}

/** The address to send: only what this country's format asks for, empty fields left out. */
export function addressInput(draft: AddressDraft, fields: readonly FormField[]): AddressInput {
  const fieldNames = new Set(fields.map((field) => field.name));
  const trimmedValue = (name: FieldName): string | null =>
    fieldNames.has(name) && draft[name].trim() !== "" ? draft[name].trim() : null;
  return {
    name: draft.name.trim(),
    country: draft.country,
    lines: [trimmedValue("line1"), trimmedValue("line2")].filter((line) => line !== null),
    city: trimmedValue("city"),
    region: trimmedValue("region"),
    postalCode: trimmedValue("postalCode"),
    phone: trimmedValue("phone"),
  };
}

/** The field a user error's path names, or null where it names none. */
export function fieldNameAt(path: readonly string[] | null): FieldName | null {
  if (path?.[0] !== "input" || path[1] !== "address") return null;
  const [, , name, index] = path;
  if (name === "lines") return index === "1" ? "line2" : "line1";
  return name !== undefined && isFieldName(name) ? name : null;
}

/** User errors, those about one of `fields` apart from those about the whole form. */
export function splitErrors(
  userErrors: readonly UserError[],
  fields: readonly FormField[],
): { readonly fieldErrors: FieldErrors; readonly formErrors: readonly string[] } {
  const fieldNames = new Set<FieldName>(["country", ...fields.map((field) => field.name)]);
  const fieldErrors: Partial<Record<FieldName, string>> = {};
  const formErrors: string[] = [];
  for (const { field, message } of userErrors) {
    const name = fieldNameAt(field);
    if (name === null || !fieldNames.has(name)) formErrors.push(message);
    else fieldErrors[name] = fieldErrors[name] === undefined ? message : `${fieldErrors[name]} ${message}`;
  }
  return { fieldErrors, formErrors };
}

/** What is wrong with an address. */
export interface AddressErrors {
  readonly fieldErrors: FieldErrors;
  readonly formErrors: readonly string[];
  /** Goes up with each refused try, so that the summary takes the focus again. */
  readonly attempt: number;
}

export const NO_ADDRESS_ERRORS: AddressErrors = { fieldErrors: {}, formErrors: [], attempt: 0 };

/** Whether an address was refused by doubts alone, which may be confirmed. */
export function hasOnlyDoubts(userErrors: readonly UserError[]): boolean {
  return userErrors.length > 0 && userErrors.every(({ confirmable }) => confirmable === true);
}

/** The country a browser's languages suggest ("en-GB" says GB, "sv" most likely SE), where gifts go there; else none. */
export function likelyCountry(languages: readonly string[], countries: readonly { readonly code: string }[]): string {
  const countryCodes = new Set(countries.map((country) => country.code));
  const regions = languages.map((language) => new Intl.Locale(language).maximize().region);
  return regions.find((region) => region !== undefined && countryCodes.has(region)) ?? "";
}
