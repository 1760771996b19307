// Another address: put right until the gateway is content, then confirmed at what it costs.

import { useState } from "preact/hooks";
import {
  AddressFields,
  AddressFormPlaceholder,
  CountryField,
  listAddressProblems,
} from "../shared/address-fields";
import {
  addressInput,
  checkRequiredFields,
  draftAddress,
  hasOnlyDoubts,
  NO_ADDRESS_ERRORS,
  splitErrors,
  type AddressDraft,
  type AddressErrors,
  type FieldName,
  type FormField,
} from "../shared/address";
import { useCountries, useFormFields, type Countries } from "../shared/countries";
import { Form } from "../shared/form";
import { BackButton, FailureNotice, Heading, ProblemList, RetryNotice, SendButton } from "../shared/notices";
import { useOrderChange, type ChangeOutcome, type OrderAnswer, type OrderChange } from "./change";
import type { Order } from "./order";
import type { PanelProps } from "./panel";
import { PreviewBox } from "./preview-box";

/** The form, once it is known where things can be sent. */
export function AddressPanel(props: PanelProps) {
  const { value: countries, loading, failureMessage, retry } = useCountries();
  if (countries !== null) return <AddressForm {...props} countries={countries} />;
  return (
    <>
      <Heading>Where should it go instead?</Heading>
      <RetryNotice message={failureMessage} onRetry={retry} />
      <AddressFormPlaceholder loading={loading} onBack={props.onBack} />
    </>
  );
}

/** Changing the address, as the form sees it. */
interface AddressChange extends Pick<OrderChange, "preview" | "submission" | "discard"> {
  readonly errors: AddressErrors;
  /** Whether there are only warnings about the address as it stands: who knows it may confirm it. */
  readonly canConfirmWarnings: boolean;
  /** Ask what this address comes to, or carry out what is shown of it. */
  readonly submit: (confirmWarnings: boolean) => Promise<void>;
}

function useAddressChange(
  order: Order,
  draft: AddressDraft,
  fields: readonly FormField[],
  outcome: ChangeOutcome,
): AddressChange {
  const { preview, submission, ask, confirm, discard } = useOrderChange(order, outcome);
  const [errors, setErrors] = useState(NO_ADDRESS_ERRORS);
  const [warnedAddress, setWarnedAddress] = useState<string | null>(null);
  const address = addressInput(draft, fields);
  const serializedAddress = JSON.stringify(address);
  const showErrors = (fieldErrors: AddressErrors["fieldErrors"], formErrors: readonly string[]): void => {
    setErrors((last) => ({ fieldErrors, formErrors, attempt: last.attempt + 1 }));
  };
  const showAnswer = (answer: OrderAnswer | null): void => {
    if (answer === null) return;
    const { fieldErrors, formErrors } = splitErrors(answer.userErrors, fields);
    const isDoubted = hasOnlyDoubts(answer.userErrors);
    setWarnedAddress(isDoubted ? serializedAddress : null);
    showErrors(fieldErrors, formErrors);
  };
  const submit = async (confirmWarnings: boolean): Promise<void> => {
    if (preview !== null) {
      showAnswer(await confirm());
      return;
    }
    const requiredErrors =
      draft.country === "" ? { country: "Country is missing." } : checkRequiredFields(draft, fields);
    if (Object.keys(requiredErrors).length > 0) showErrors(requiredErrors, []);
    else showAnswer(await ask({ kind: "address", address, confirmWarnings }));
  };
  return { errors, canConfirmWarnings: warnedAddress === serializedAddress, preview, submission, discard, submit };
}

function AddressForm(props: PanelProps & { readonly countries: Countries }) {
  const { order, countries, onBack } = props;
  const [draft, setDraft] = useState(() => draftAddress(order.shippingAddress));
  const fieldsState = useFormFields(draft.country);
  const fields = fieldsState.value ?? [];
  const change = useAddressChange(order, draft, fields, props);
  const { errors } = change;
  const onEdit = (name: FieldName, value: string): void => {
    change.discard();
    // Another country's regions mean nothing here.
    setDraft((last) => ({ ...last, ...(name === "country" ? { region: "" } : {}), [name]: value }));
  };
  const fieldProps = { draft, errors: errors.fieldErrors, onEdit };
  return (
    <>
      <Heading>Where should it go instead?</Heading>
      <p class="lead">Shipping and tax may cost something else there. You see the new total before anything changes.</p>
      <ProblemList problems={listAddressProblems(errors, fields)} attempt={errors.attempt} />
      <Form onSubmit={() => { if (!fieldsState.loading) void change.submit(false); }}>
        <p class="hint">
          Boxes marked <span class="mark">*</span> must be filled in.
        </p>
        <CountryField {...fieldProps} countries={countries} />
        <RetryNotice message={fieldsState.failureMessage} onRetry={fieldsState.retry} />
        {fields.length === 0 ? (
          <AddressFormPlaceholder loading={fieldsState.loading} onBack={onBack} />
        ) : (
          <>
            <AddressFields {...fieldProps} fields={fields} />
            <FailureNotice message={change.submission.failureMessage} />
            <AddressButtons order={order} change={change} onBack={onBack} />
          </>
        )}
      </Form>
    </>
  );
}

interface AddressButtonsProps {
  readonly order: Order;
  readonly change: AddressChange;
  readonly onBack: () => void;
}

/** First what it comes to, then the button that does it. */
function AddressButtons({ order, change, onBack }: AddressButtonsProps) {
  const { preview, submission, canConfirmWarnings, submit } = change;
  return (
    <div class="actions">
      {preview === null ? (
        <SendButton busy={submission.busy}>Show the new total</SendButton>
      ) : (
        <PreviewBox
          before={order}
          preview={preview}
          title="To the new address"
          action="Send it to this address"
          busy={submission.busy}
        />
      )}
      {preview === null && canConfirmWarnings && (
        <button
          type="button"
          class="button button-plain"
          aria-disabled={submission.busy}
          onClick={() => void submit(true)}
        >
          My address is right, use it as it is
        </button>
      )}
      <BackButton onBack={onBack} />
    </div>
  );
}
