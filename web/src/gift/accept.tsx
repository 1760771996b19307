// Accepting: where the gift should go, put right until the gateway is content.

import {
  AddressFields,
  AddressFormPlaceholder,
  CountryField,
  listAddressProblems,
} from "../shared/address-fields";
import type { AddressDraft, FieldName, FormField } from "../shared/address";
import { useFormFields, type Countries } from "../shared/countries";
import { Form } from "../shared/form";
import { BackButton, FailureNotice, Heading, ProblemList, RetryNotice, SendButton } from "../shared/notices";
import { useAcceptance, type Acceptance } from "./acceptance";
import type { PanelProps } from "./panel";

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
      <ProblemList problems={listAddressProblems(acceptance.errors, fields)} attempt={acceptance.errors.attempt} />
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
