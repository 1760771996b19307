// The fields of an address, in the order and with the names its country uses.

import type { AddressDraft, FieldErrors, FieldName, FormField } from "./address";
import { SelectField, TextField } from "./fields";

const AUTOCOMPLETE: Readonly<Record<FieldName, string>> = {
  country: "country",
  name: "name",
  line1: "address-line1",
  line2: "address-line2",
  city: "address-level2",
  region: "address-level1",
  postalCode: "postal-code",
  phone: "tel",
};

const HINTS: Readonly<Partial<Record<FieldName, string>>> = {
  phone: "Only the carrier sees it, to arrange the delivery.",
};

/** The element's id of a field: an error summary's target. */
export function fieldId(name: FieldName): string {
  return `address-${name}`;
}

function fieldHint({ name, example }: FormField): string | null {
  if (example !== null && example !== "") return `For example ${example}`;
  return HINTS[name] ?? null;
}

interface AddressFieldProps {
  readonly draft: AddressDraft;
  readonly errors: FieldErrors;
  readonly onEdit: (name: FieldName, value: string) => void;
}

function AddressField({ field, draft, errors, onEdit }: AddressFieldProps & { readonly field: FormField }) {
  const { name, label, required, options } = field;
  const inputProps = {
    id: fieldId(name),
    label: required ? label : `${label} (optional)`,
    required,
    error: errors[name],
    value: draft[name],
    autoComplete: AUTOCOMPLETE[name],
    onInput: (value: string) => {
      onEdit(name, value);
    },
  };
  if (options.length > 0) return <SelectField {...inputProps} choices={options} />;
  return <TextField {...inputProps} hint={fieldHint(field)} inputMode={name === "phone" ? "tel" : "text"} />;
}

/** All the fields below the country. */
export function AddressFields({
  fields,
  ...fieldProps
}: AddressFieldProps & { readonly fields: readonly FormField[] }) {
  return (
    <>
      {fields.map((field) => (
        <AddressField key={field.name} field={field} {...fieldProps} />
      ))}
    </>
  );
}

/** Where the gift goes: decides which fields follow. */
export function CountryField({
  countries,
  draft,
  errors,
  onEdit,
}: AddressFieldProps & { readonly countries: readonly { readonly code: string; readonly name: string }[] }) {
  return (
    <SelectField
      id={fieldId("country")}
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
