// Where the cart goes, as far as shipping and tax ask.

import { useState } from "preact/hooks";
import type { CartContentFragment } from "../../generated/shop";
import type { FormField } from "../../shared/address";
import { useCountries, useFormFields } from "../../shared/countries";
import { SelectField, TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { RetryNotice } from "../../shared/notices";
import { ProblemText } from "../ui/problem";
import { useCart } from "./cart-context";
import type { CartOutcome } from "./changes";

type PlaceField = "region" | "postalCode";
type Place = Readonly<Record<"country" | PlaceField, string>>;

/** The destination, and the way to another. */
export function CartDestination({ cart }: { readonly cart: CartContentFragment }) {
  const [isEditing, setEditing] = useState(false);
  const { destination } = cart;
  return (
    <section class="cart-section" aria-labelledby="destination-title">
      <h3 id="destination-title">Where it goes</h3>
      {destination !== null && !isEditing ? (
        <DestinationText destination={destination} onEdit={() => { setEditing(true); }} />
      ) : (
        <DestinationForm cart={cart} onDone={() => { setEditing(false); }} />
      )}
    </section>
  );
}

type Destination = NonNullable<CartContentFragment["destination"]>;

function DestinationText({ destination, onEdit }: { readonly destination: Destination; readonly onEdit: () => void }) {
  const countries = useCountries().value ?? [];
  const { country, region, postalCode } = destination;
  const fields = useFormFields(country).value ?? [];
  const countryName = countries.find(({ code }) => code === country)?.name ?? country;
  const regionName = fields
    .find(({ name }) => name === "region")
    ?.options.find(({ code }) => code === region)?.name;
  const place = [regionName ?? region, postalCode].filter((part) => part !== null && part !== "").join(" ");
  return (
    <p class="destination">
      <span>{place === "" ? countryName : `${place}, ${countryName}`}</span>
      <button type="button" class="link" onClick={onEdit}>
        Change the destination
      </button>
    </p>
  );
}

function isPlaceField(field: FormField): field is FormField & { readonly name: PlaceField } {
  return field.name === "region" || field.name === "postalCode";
}

/** The refusals by the fields they are of. */
function fieldErrors({ userErrors }: CartOutcome): Readonly<Partial<Record<string, string>>> {
  return Object.fromEntries(userErrors.map(({ field, message }) => [field?.at(-1) ?? "", message]));
}

function DestinationForm({ cart, onDone }: { readonly cart: CartContentFragment; readonly onDone: () => void }) {
  const { setDestination } = useCart();
  const countries = useCountries();
  const [place, setPlace] = useState<Place>({
    country: cart.destination?.country ?? "",
    region: cart.destination?.region ?? "",
    postalCode: cart.destination?.postalCode ?? "",
  });
  const [outcome, setOutcome] = useState<CartOutcome | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useFormFields(place.country);
  const errors = outcome === null ? {} : fieldErrors(outcome);
  const fields = (place.country === "" ? [] : (form.value ?? [])).filter(isPlaceField);
  const names = new Set<string>(["country", ...fields.map(({ name }) => name)]);
  const problem = outcome?.userErrors.every(({ field }) => names.has(field?.at(-1) ?? "")) === true ? null : outcome?.problem;
  const edit = (changes: Partial<Place>): void => {
    setPlace({ ...place, ...changes });
    setOutcome(null);
  };
  const send = async (): Promise<void> => {
    if (isBusy || place.country === "") return;
    setBusy(true);
    const wanted = new Set<string>(fields.map(({ name }) => name));
    const answer = await setDestination({
      country: place.country,
      region: wanted.has("region") && place.region !== "" ? place.region : null,
      postalCode: wanted.has("postalCode") && place.postalCode.trim() !== "" ? place.postalCode.trim() : null,
    });
    setBusy(false);
    setOutcome(answer);
    if (answer.problem === null) onDone();
  };
  return (
    <Form onSubmit={() => void send()}>
      <RetryNotice message={countries.failureMessage} onRetry={countries.retry} />
      <SelectField
        id="cart-country"
        label="Country or territory"
        autoComplete="country"
        error={errors["country"]}
        value={place.country}
        choices={countries.value ?? []}
        onInput={(country) => { edit({ country, region: "", postalCode: "" }); }}
      />
      <RetryNotice message={form.failureMessage} onRetry={form.retry} />
      {fields.map(({ name, label, options, example }) => {
        const common = {
          id: `cart-${name}`,
          label,
          error: errors[name],
          value: place[name],
          autoComplete: name === "region" ? "address-level1" : "postal-code",
          onInput: (value: string) => { edit({ [name]: value }); },
        };
        return options.length > 0 ? (
          <SelectField key={name} {...common} choices={options} />
        ) : (
          <TextField key={name} {...common} hint={example === null ? null : `For example ${example}`} />
        );
      })}
      <ProblemText text={problem ?? null} />
      {place.country !== "" && (
        <div class="inline-actions">
          <button type="submit" class="button button-plain button-small" aria-disabled={isBusy}>
            {isBusy ? "Reckoning…" : "Show shipping and tax"}
          </button>
          {cart.destination !== null && (
            <button type="button" class="link" onClick={onDone}>
              Keep it as it was
            </button>
          )}
        </div>
      )}
    </Form>
  );
}
