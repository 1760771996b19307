import { describe, expect, it } from "vitest";
import { addressInput, boxAt, EMPTY, entries, likelyCountry, missing, sorted, type Format } from "../src/gift/address";

const field = (name: string, label: string, required: boolean) => ({ name, label, required, options: [], example: null });
const AMERICAN: Format = {
  country: "US",
  fields: [
    field("name", "Name", true),
    field("lines", "Address", true),
    field("city", "City", true),
    { ...field("region", "State", true), options: [{ code: "CA", name: "California" }] },
    field("postalCode", "ZIP code", true),
    field("phone", "Phone", false),
    field("cedex", "A part this page does not know", true),
  ],
};
const shown = entries(AMERICAN);
const draft = { ...EMPTY, country: "US", name: " Robin Friend ", line1: "1 Main Street", city: "Mountain View" };

describe("the boxes of a country", () => {
  it("keep its order, split the lines and leave out what is unknown", () => {
    expect(shown.map(({ box, required }) => [box, required])).toEqual([
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
    expect(missing({ ...draft, region: "  " }, shown)).toEqual({
      region: "State is missing.",
      postalCode: "ZIP code is missing.",
    });
  });
});

describe("the address to send", () => {
  it("is trimmed, and empty boxes are null", () => {
    expect(addressInput({ ...draft, line2: "Flat 2" }, shown)).toEqual({
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
    const elsewhere = shown.filter(({ box }) => box !== "postalCode");
    expect(addressInput({ ...draft, postalCode: "94043" }, elsewhere).postalCode).toBeNull();
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
  ])("at %j belong to %s", (path, box) => {
    expect(boxAt(path)).toBe(box);
  });

  it("about boxes that are not shown are about the whole", () => {
    const refused = (name: string, message: string) => ({
      code: "ADDRESS_INSUFFICIENT" as const,
      field: ["input", "address", name],
      message,
    });
    const [city] = shown.filter(({ box }) => box === "city");
    expect(sorted([refused("city", "One."), refused("city", "Two."), refused("region", "Three.")], city ? [city] : [])).toEqual({
      beside: { city: "One. Two." },
      whole: ["Three."],
    });
  });
});

describe("the likely country", () => {
  const offered = [{ code: "GB" }, { code: "BE" }];
  it.each([
    [["en-GB", "nl-BE"], "GB"],
    [["fr", "nl-BE"], "BE"],
    [["en-US"], ""],
    [["be"], ""],
    [["en-Latn-GB"], "GB"],
    [[], ""],
  ])("of %j is %s", (languages, country) => {
    expect(likelyCountry(languages, offered)).toBe(country);
  });
});
