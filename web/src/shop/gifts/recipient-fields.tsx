// What the giver knows of a recipient: as much or as little as they like.

import { useState } from "preact/hooks";
import { SelectField, TextArea, TextField } from "../../shared/fields";
import { useCountries } from "../../shared/countries";
import type { GiftDraft, GiftErrors, GiftField } from "./draft";

/** The element's id of a field. */
export function giftFieldId(name: GiftField): string {
  return `gift-${name}`;
}

interface RecipientFieldsProps {
  readonly draft: GiftDraft;
  readonly errors: GiftErrors;
  readonly onEdit: (name: GiftField, value: string) => void;
}

/** Name and contacts, and what is known of the place where that is opened. */
export function RecipientFields(props: RecipientFieldsProps) {
  const { draft, errors, onEdit } = props;
  const hasPlaceError = (["country", "region", "city", "postalCode", "line", "hints"] as const).some(
    (name) => errors[name] !== undefined,
  );
  const [isOpen, setOpen] = useState(false);
  const field = (name: GiftField) => ({
    id: giftFieldId(name),
    error: errors[name],
    value: draft[name],
    onInput: (value: string) => { onEdit(name, value); },
  });
  return (
    <>
      <TextField {...field("name")} label="Their name" />
      <TextField {...field("email")} label="Their e-mail address" inputMode="email" />
      <TextField {...field("phone")} label="Their phone number" inputMode="tel" hint="With the country's code, such as +14155552671" />
      <button
        type="button"
        class="link"
        aria-expanded={isOpen || hasPlaceError}
        onClick={() => { setOpen(!isOpen); }}
      >
        I know something of where they live
      </button>
      {(isOpen || hasPlaceError) && <PlaceFields {...props} />}
    </>
  );
}

function PlaceFields({ draft, errors, onEdit }: RecipientFieldsProps) {
  const { value: countries } = useCountries();
  const field = (name: GiftField) => ({
    id: giftFieldId(name),
    error: errors[name],
    value: draft[name],
    onInput: (value: string) => { onEdit(name, value); },
  });
  return (
    <div class="inset">
      <p class="hint">Any part helps. They are asked for the rest, and you never see what they answer.</p>
      <SelectField {...field("country")} label="Country or territory" choices={countries ?? []} />
      <TextField {...field("line")} label="Street and number" />
      <TextField {...field("city")} label="Town" />
      <TextField {...field("region")} label="State or region" />
      <TextField {...field("postalCode")} label="Postal code" />
      <TextArea {...field("hints")} label="Anything else that helps to find them" />
    </div>
  );
}
