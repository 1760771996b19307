import { describe, expect, it } from "vitest";
import {
  addressInput,
  checkRequiredFields,
  draftFromPlace,
  EMPTY_DRAFT,
  fieldNameAt,
  formFields,
  likelyCountry,
  splitErrors,
  type AddressFormat,
} from "../src/shared/address";

const buildField = (name: string, label: string, required: boolean) => ({ name, label, required, options: [], example: null });
const AMERICAN_FORMAT: AddressFormat = {
  country: "US",
  fields: [
    buildField("name", "Name", true),
    buildField("lines", "Address", true),
    buildField("city", "City", true),
    { ...buildField("region", "State", true), options: [{ code: "CA", name: "California" }] },
    buildField("postalCode", "ZIP code", true),
    buildField("phone", "Phone", false),
    buildField("cedex", "A part this page does not know", true),
  ],
};
const fields = formFields(AMERICAN_FORMAT);
const draft = { ...EMPTY_DRAFT, country: "US", name: " Robin Friend ", line1: "1 Main Street", city: "Mountain View" };

describe("the fields of a country", () => {
  it("keep its order, split the lines and leave out what is unknown", () => {
    expect(fields.map(({ name, required }) => [name, required])).toEqual([
      ["name", true],
      ["line1", true],
      ["line2", false],
      ["city", true],
      ["region", true],
      ["postalCode", true],
      ["phone", false],
    ]);
  });

  it("are missing while they hold only blanks", () => {
    expect(checkRequiredFields({ ...draft, region: "  " }, fields)).toEqual({
      region: "State is missing.",
      postalCode: "ZIP code is missing.",
    });
  });
});

describe("the address to send", () => {
  it("is trimmed, and empty fields are null", () => {
    expect(addressInput({ ...draft, line2: "Flat 2" }, fields)).toEqual({
      name: "Robin Friend",
      country: "US",
      lines: ["1 Main Street", "Flat 2"],
      city: "Mountain View",
      region: null,
      postalCode: null,
      phone: null,
    });
  });

  it("holds nothing typed for a country chosen before", () => {
    const otherFields = fields.filter(({ name }) => name !== "postalCode");
    expect(addressInput({ ...draft, postalCode: "94043" }, otherFields).postalCode).toBeNull();
  });
});

describe("user errors", () => {
  it.each([
    [["input", "address", "postalCode"], "postalCode"],
    [["input", "address", "lines"], "line1"],
    [["input", "address", "lines", "0"], "line1"],
    [["input", "address", "lines", "1"], "line2"],
    [["input", "address"], null],
    [["input", "token"], null],
    [null, null],
  ])("at %j belong to %s", (path, name) => {
    expect(fieldNameAt(path)).toBe(name);
  });

  it("about fields that are not shown are about the whole form", () => {
    const userError = (name: string, message: string) => ({
      code: "ADDRESS_INSUFFICIENT" as const,
      field: ["input", "address", name],
      message,
    });
    const [city] = fields.filter(({ name }) => name === "city");
    const userErrors = [userError("city", "One."), userError("city", "Two."), userError("region", "Three.")];
    expect(splitErrors(userErrors, city ? [city] : [])).toEqual({
      fieldErrors: { city: "One. Two." },
      formErrors: ["Three."],
    });
  });
});

describe("the likely country", () => {
  const countries = [{ code: "GB" }, { code: "BE" }];
  it.each([
    [["en-GB", "nl-BE"], "GB"],
    [["fr", "nl-BE"], "BE"],
    [["en-US"], ""],
    [["be"], ""],
    [["en-Latn-GB"], "GB"],
    [[], ""],
  ])("of %j is %s", (languages, country) => {
    expect(likelyCountry(languages, countries)).toBe(country);
  });
});

describe("a draft that begins with what an estimate knows", () => {
  it("has its country, state, code and town", () => {
    const place = { country: "US", region: "CA", postalCode: "94043", city: null };
    expect(draftFromPlace(place)).toEqual({ ...EMPTY_DRAFT, country: "US", region: "CA", postalCode: "94043" });
  });

  it("is none where nothing is known", () => {
    expect(draftFromPlace(null)).toBeUndefined();
  });
});
