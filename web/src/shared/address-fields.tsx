// The fields of an address, in the order and with the names its country uses.

import type { AddressDraft, AddressErrors, FieldErrors, FieldName, FormField } from "./address";
import { SelectField, TextField } from "./fields";
import { BackButton, type Problem } from "./notices";

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
  phone: "For the carrier, to arrange the delivery.",
};

/** The element's id of a field: an error summary's target. */
export function fieldId(name: FieldName): string {
  return `address-${name}`;
}

function fieldHint({ name, example }: FormField): string | null {
  if (example !== null && example !== "") return `For example ${example}`;
  return HINTS[name] ?? null;
}

/** The errors as one list: those about the whole form first, then in the order of the fields. */
export function listAddressProblems({ fieldErrors, formErrors }: AddressErrors, fields: readonly FormField[]): readonly Problem[] {
  const names: readonly FieldName[] = ["country", ...fields.map((field) => field.name)];
  const fieldProblems = names.flatMap((name) =>
    fieldErrors[name] === undefined ? [] : [{ id: fieldId(name), message: fieldErrors[name] }],
  );
  return [...formErrors.map((message) => ({ id: null, message })), ...fieldProblems];
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

/** Where it goes: decides which fields follow. */
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

/** In place of the form while its fields are not known: buttons drawn now would be pushed away by them. */
export function AddressFormPlaceholder({
  loading,
  onBack,
}: {
  readonly loading: boolean;
  readonly onBack: () => void;
}) {
  return loading ? (
    <div key="outline" class="waiting" role="status" aria-label="Looking up how addresses are written there">
      <div class="bone bone-box" />
      <div class="bone bone-box" />
      <div class="bone bone-box" />
    </div>
  ) : (
    <div key="way-back" class="actions">
      <BackButton onBack={onBack} />
    </div>
  );
}
