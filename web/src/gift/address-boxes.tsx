// The boxes of an address, in the order and with the names its country uses.

import type { Box, Draft, Entry, Errors } from "./address";
import { SelectBox, TextBox } from "./fields";

const AUTOCOMPLETE: Readonly<Record<Box, string>> = {
  country: "country",
  name: "name",
  line1: "address-line1",
  line2: "address-line2",
  city: "address-level2",
  region: "address-level1",
  postalCode: "postal-code",
  phone: "tel",
};

const HINTS: Readonly<Partial<Record<Box, string>>> = {
  phone: "Only the carrier sees it, to arrange the delivery.",
};

/** The element's id of a box: an error summary's target. */
export function boxId(box: Box): string {
  return `address-${box}`;
}

function hint({ box, example }: Entry): string | null {
  if (example !== null && example !== "") return `For example ${example}`;
  return HINTS[box] ?? null;
}

interface Edited {
  readonly draft: Draft;
  readonly errors: Errors;
  readonly onEdit: (box: Box, value: string) => void;
}

function AddressBox({ entry, draft, errors, onEdit }: Edited & { readonly entry: Entry }) {
  const { box, label, required, options } = entry;
  const common = {
    id: boxId(box),
    label: required ? label : `${label} (optional)`,
    required,
    error: errors[box],
    value: draft[box],
    autoComplete: AUTOCOMPLETE[box],
    onInput: (value: string) => {
      onEdit(box, value);
    },
  };
  if (options.length > 0) return <SelectBox {...common} choices={options} />;
  return <TextBox {...common} hint={hint(entry)} inputMode={box === "phone" ? "tel" : "text"} />;
}

/** All the boxes below the country. */
export function AddressBoxes({ shown, ...edited }: Edited & { readonly shown: readonly Entry[] }) {
  return (
    <>
      {shown.map((entry) => (
        <AddressBox key={entry.box} entry={entry} {...edited} />
      ))}
    </>
  );
}

/** Where the gift goes: decides which boxes follow. */
export function CountryBox({
  countries,
  draft,
  errors,
  onEdit,
}: Edited & { readonly countries: readonly { readonly code: string; readonly name: string }[] }) {
  return (
    <SelectBox
      id={boxId("country")}
      label="Country or territory"
      required
      error={errors.country}
      value={draft.country}
      autoComplete={AUTOCOMPLETE.country}
      choices={countries}
      onInput={(value) => {
        onEdit("country", value);
      }}
    />
  );
}
