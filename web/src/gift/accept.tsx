// Accepting: where the gift should go, put right until the gateway is content.

import { useAcceptance, type Acceptance, type AddressErrors } from "./acceptance";
import type { AddressDraft, FieldName, FormField } from "./address";
import { AddressFields, CountryField, fieldId } from "./address-fields";
import { useFormFields, type Countries } from "./countries";
import { Form } from "./form";
import { BackButton, FailureNotice, Heading, ProblemList, RetryNotice, SendButton, type Problem } from "./notices";
import type { PanelProps } from "./panel";

/** The errors as one list: those about the whole form first, then in the order of the fields. */
function listProblems({ fieldErrors, formErrors }: AddressErrors, fields: readonly FormField[]): readonly Problem[] {
  const names: readonly FieldName[] = ["country", ...fields.map((field) => field.name)];
  const fieldProblems = names.flatMap((name) =>
    fieldErrors[name] === undefined ? [] : [{ id: fieldId(name), message: fieldErrors[name] }],
  );
  return [...formErrors.map((message) => ({ id: null, message })), ...fieldProblems];
}

interface AcceptProps extends PanelProps {
  readonly countries: Countries;
  readonly draft: AddressDraft;
  readonly onEdit: (name: FieldName, value: string) => void;
}

/** The address form. */
export function AcceptPanel(props: AcceptProps) {
  const fieldsState = useFormFields(props.draft.country);
  const fields = fieldsState.value ?? [];
  const acceptance = useAcceptance({ ...props, fields });
  return (
    <>
      <Heading>Where should it go?</Heading>
      <p class="lead">Only the carrier sees your address. {props.claim.from ?? "The sender"} does not.</p>
      <ProblemList problems={listProblems(acceptance.errors, fields)} attempt={acceptance.errors.attempt} />
      <Form onSubmit={() => { if (!fieldsState.loading) void acceptance.submit(false); }}>
        <p class="hint">
          Boxes marked <span class="mark">*</span> must be filled in.
        </p>
        <CountryField {...props} errors={acceptance.errors.fieldErrors} />
        <RetryNotice message={fieldsState.failureMessage} onRetry={fieldsState.retry} />
        {fields.length > 0 ? (
          <AddressForm {...props} fields={fields} acceptance={acceptance} />
        ) : (
          <AddressFormPlaceholder loading={fieldsState.loading} onBack={props.onBack} />
        )}
      </Form>
    </>
  );
}

type AddressFormProps = AcceptProps & { readonly fields: readonly FormField[]; readonly acceptance: Acceptance };

/** The form below the country. */
function AddressForm(props: AddressFormProps) {
  const { errors, canConfirmWarnings, submission, submit } = props.acceptance;
  return (
    <>
      <AddressFields {...props} errors={errors.fieldErrors} />
      <FailureNotice message={submission.failureMessage} />
      <div class="actions">
        <SendButton busy={submission.busy}>Send it to this address</SendButton>
        {canConfirmWarnings && (
          <button type="button" class="button button-plain" onClick={() => void submit(true)}>
            My address is right, use it as it is
          </button>
        )}
        <BackButton onBack={props.onBack} />
      </div>
    </>
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
