// What the giver typed of a recipient, and how it meets the gateway's errors.

import type { GiftCreateInput, PartialAddressInput, RecipientInput } from "../../generated/shop";
import type { UserError } from "../../shared/address";

/** Every field of the form. */
export const GIFT_FIELDS = [
  "name",
  "email",
  "phone",
  "country",
  "region",
  "city",
  "postalCode",
  "line",
  "hints",
  "from",
  "message",
] as const;
export type GiftField = (typeof GIFT_FIELDS)[number];
export type GiftDraft = Readonly<Record<GiftField, string>>;
export type GiftErrors = Readonly<Partial<Record<GiftField, string>>>;

export const EMPTY_GIFT: GiftDraft = {
  name: "",
  email: "",
  phone: "",
  country: "",
  region: "",
  city: "",
  postalCode: "",
  line: "",
  hints: "",
  from: "",
  message: "",
};

function trimmed(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function postalInput({ country, region, city, postalCode, line }: GiftDraft): PartialAddressInput | null {
  const street = trimmed(line);
  const postal = {
    country: trimmed(country),
    region: trimmed(region),
    city: trimmed(city),
    postalCode: trimmed(postalCode),
    lines: street === null ? null : [street],
  };
  return Object.values(postal).some((value) => value !== null) ? postal : null;
}

/** Who gets it, as far as it was typed: what is empty is left out. */
export function recipientInput(draft: GiftDraft): RecipientInput {
  return {
    name: trimmed(draft.name),
    email: trimmed(draft.email),
    phone: trimmed(draft.phone),
    postal: postalInput(draft),
    hints: trimmed(draft.hints),
  };
}

/** What else is ordered with the gift. */
export interface GiftTerms {
  readonly variantId: string;
  readonly quantity: number;
  readonly isAnonymous: boolean;
  readonly paymentMethodId: string | null;
  readonly chargeCap: string | null;
  readonly idempotencyKey: string;
}

/** The gift to order. The most that was shown is the most it may cost. */
export function giftInput(draft: GiftDraft, { isAnonymous, ...terms }: GiftTerms): GiftCreateInput {
  return {
    ...terms,
    recipients: [recipientInput(draft)],
    from: isAnonymous ? null : trimmed(draft.from),
    message: trimmed(draft.message),
    anonymous: isAnonymous,
  };
}

/** What is missing before anything is sent. */
export function checkGift(draft: GiftDraft): GiftErrors {
  const hasWay = [draft.email, draft.phone].some((contact) => contact.trim() !== "");
  const hasAddress = draft.name.trim() !== "" && [draft.country, draft.line].every((part) => part.trim() !== "");
  return hasWay || hasAddress
    ? {}
    : { email: "Give an e-mail address or a phone number, or their name and full address." };
}

function isGiftField(name: string): name is GiftField {
  return (GIFT_FIELDS as readonly string[]).includes(name);
}

/** The form's field that a user error's path names; null where it names none. */
export function giftFieldAt(path: readonly string[] | null): GiftField | null {
  if (path?.[0] !== "input") return null;
  const names = path.slice(1).filter((name) => !/^\d+$/.test(name));
  const last = names.at(-1) ?? "";
  if (last === "lines") return "line";
  if (last === "recipients" || last === "recipient") return "email";
  return isGiftField(last) ? last : null;
}

/** User errors, those about a field apart from those about the whole. */
export function splitGiftErrors(userErrors: readonly UserError[]): {
  readonly fieldErrors: GiftErrors;
  readonly formErrors: readonly string[];
} {
  const fieldErrors: Partial<Record<GiftField, string>> = {};
  const formErrors: string[] = [];
  for (const { field, message } of userErrors) {
    const name = giftFieldAt(field);
    if (name === null) formErrors.push(message);
    else fieldErrors[name] = fieldErrors[name] === undefined ? message : `${fieldErrors[name]} ${message}`;
  }
  return { fieldErrors, formErrors };
}
