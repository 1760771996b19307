// A form for an address, in the order and with the names its country uses.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { AddressInput } from "../../generated/shop";
import {
  addressInput,
  checkRequiredFields,
  EMPTY_DRAFT,
  hasOnlyDoubts,
  likelyCountry,
  NO_ADDRESS_ERRORS,
  splitErrors,
  type AddressDraft,
  type AddressErrors,
  type FieldName,
  type UserError,
} from "../../shared/address";
import { AddressFields, CountryField, listAddressProblems } from "../../shared/address-fields";
import { useCountries, useFormFields, type Countries } from "../../shared/countries";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, RetryNotice, SendButton, type Problem } from "../../shared/notices";

interface AddressFormProps {
  readonly submitLabel: string;
  readonly busy: boolean;
  readonly failureMessage: string | null;
  /** Where the form begins; absent: at the country that the browser's languages suggest. */
  readonly initialDraft?: AddressDraft | undefined;
  /** What was said against the address that the form begins with. */
  readonly initialErrors?: readonly UserError[];
  /** What is wrong with the fields of `children`, before anything is sent. */
  readonly checkOthers?: () => readonly Problem[];
  /** What was said against it; null where no answer came, or where it was taken. */
  readonly onSubmit: (
    address: AddressInput,
    confirmWarnings: boolean,
    draft: AddressDraft,
  ) => Promise<readonly UserError[] | null>;
  /** Fields above those of the address. */
  children?: ComponentChildren;
}

/** The form, once it is known which countries there are. */
export function AddressForm(props: AddressFormProps) {
  const { value: countries, loading, failureMessage, retry } = useCountries();
  if (countries !== null) return <CountryAddressForm {...props} countries={countries} />;
  return (
    <>
      <RetryNotice message={failureMessage} onRetry={retry} />
      {loading && <FieldOutline />}
    </>
  );
}

function FieldOutline() {
  return (
    <div class="waiting" role="status" aria-label="Looking up how addresses are written there">
      <div class="bone bone-box" />
      <div class="bone bone-box" />
      <div class="bone bone-box" />
    </div>
  );
}

interface Refused extends AddressErrors {
  readonly others: readonly Problem[];
}

const NOTHING_REFUSED: Refused = { ...NO_ADDRESS_ERRORS, others: [] };
const NO_ERRORS: readonly UserError[] = [];

function CountryAddressForm({
  submitLabel,
  busy,
  failureMessage,
  initialDraft,
  initialErrors = NO_ERRORS,
  checkOthers = () => [],
  onSubmit,
  countries,
  children,
}: AddressFormProps & { readonly countries: Countries }) {
  const [draft, setDraft] = useState<AddressDraft>(
    () => initialDraft ?? { ...EMPTY_DRAFT, country: likelyCountry(navigator.languages, countries) },
  );
  const [refused, setRefused] = useState<Refused>(NOTHING_REFUSED);
  const [doubtedAddress, setDoubtedAddress] = useState<string | null>(null);
  const fieldsState = useFormFields(draft.country);
  const fields = fieldsState.value ?? [];
  const address = addressInput(draft, fields);
  const areFieldsKnown = fields.length > 0;
  useEffect(() => {
    if (areFieldsKnown && initialErrors.length > 0)
      setRefused(({ attempt }) => ({ ...splitErrors(initialErrors, fields), others: [], attempt: attempt + 1 }));
    // Once: what is put right since stays so.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [areFieldsKnown]);
  const showRefusal = (refusal: Omit<Refused, "attempt">): void => {
    setRefused(({ attempt }) => ({ ...refusal, attempt: attempt + 1 }));
  };
  const submit = async (confirmWarnings: boolean): Promise<void> => {
    if (fieldsState.loading || busy) return;
    const fieldErrors = draft.country === "" ? { country: "Country is missing." } : checkRequiredFields(draft, fields);
    const others = checkOthers();
    if (Object.keys(fieldErrors).length > 0 || others.length > 0) {
      showRefusal({ fieldErrors, formErrors: [], others });
      return;
    }
    const userErrors = await onSubmit(address, confirmWarnings, draft);
    if (userErrors === null) return;
    setDoubtedAddress(hasOnlyDoubts(userErrors) ? JSON.stringify(address) : null);
    showRefusal({ ...splitErrors(userErrors, fields), others: [] });
  };
  const fieldProps = {
    draft,
    errors: refused.fieldErrors,
    onEdit: (name: FieldName, value: string): void => {
      // Another country's regions mean nothing here.
      setDraft((last) => ({ ...last, ...(name === "country" ? { region: "" } : {}), [name]: value }));
    },
  };
  return (
    <>
      <ProblemList problems={[...refused.others, ...listAddressProblems(refused, fields)]} attempt={refused.attempt} />
      <Form onSubmit={() => void submit(false)}>
        <p class="hint">
          Boxes marked <span class="mark">*</span> must be filled in.
        </p>
        {children}
        <CountryField {...fieldProps} countries={countries} />
        <RetryNotice message={fieldsState.failureMessage} onRetry={fieldsState.retry} />
        {fields.length === 0 && fieldsState.loading && <FieldOutline />}
        {fields.length > 0 && (
          <>
            <AddressFields {...fieldProps} fields={fields} />
            <FailureNotice message={failureMessage} />
            <div class="actions">
              <SendButton busy={busy}>{submitLabel}</SendButton>
              {doubtedAddress === JSON.stringify(address) && (
                <button
                  type="button"
                  class="button button-plain"
                  aria-disabled={busy}
                  onClick={() => void submit(true)}
                >
                  My address is right, use it as it is
                </button>
              )}
            </div>
          </>
        )}
      </Form>
    </>
  );
}
