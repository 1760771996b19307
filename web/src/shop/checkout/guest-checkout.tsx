// Buying without a sign-in: first where it goes, then how it is sent and paid.

import { useEffect, useRef, useState } from "preact/hooks";
import type { AddressInput, CartCheckoutInput, CheckoutCartFragment } from "../../generated/shop";
import { draftFromPlace, type AddressDraft, type UserError } from "../../shared/address";
import { TextField } from "../../shared/fields";
import { ProblemList, type Problem } from "../../shared/notices";
import { AddressForm } from "../account/address-form";
import { readCardReturn } from "../account/card-return";
import { firstPaymentChoice, PAYMENT_ID, PaymentFields, type PaymentChoice } from "../account/payment-fields";
import { useProblems } from "../account/problems";
import type { Purchase } from "../one_click/use-purchase";
import { useCartChanges } from "./cart-changes";
import { emailError } from "../account/email";
import { destinationInput, guestAddressErrors, type Buyer } from "./checkout";
import { PlaceOrder } from "./place-order";
import { ShippingFields } from "./shipping-fields";

const EMAIL_ID = "guest-email";

interface GuestCheckoutProps {
  readonly cart: CheckoutCartFragment;
  readonly providerName: string;
  readonly purchase: Purchase<CartCheckoutInput>;
  readonly onEmail: (email: string) => void;
}

/** Where it goes, as it was said. */
interface Delivery {
  readonly address: AddressInput;
  readonly draft: AddressDraft;
  readonly confirmWarnings: boolean;
}

interface KeptDelivery {
  readonly cartId: string;
  readonly email: string;
  readonly delivery: Delivery;
}

/** Where it goes, as it was said before the buyer left to enter a card. */
function readKeptDelivery(cartId: string): KeptDelivery | null {
  const { kept } = readCardReturn();
  return kept?.["cartId"] === cartId && "delivery" in kept ? (kept as unknown as KeptDelivery) : null;
}

/** Both parts. */
export function GuestCheckout({ cart, providerName, purchase, onEmail }: GuestCheckoutProps) {
  const [kept] = useState(() => readKeptDelivery(cart.id));
  const [email, setEmail] = useState(kept?.email ?? "");
  const [emailProblem, setEmailProblem] = useState<string | undefined>(undefined);
  const [delivery, setDelivery] = useState<Delivery | null>(kept?.delivery ?? null);
  const [isEditing, setEditing] = useState(kept === null);
  const [addressErrors, setAddressErrors] = useState<readonly UserError[]>([]);
  const changes = useCartChanges(cart);
  const keptEmail = kept?.email ?? "";
  useEffect(() => {
    if (keptEmail !== "") onEmail(keptEmail.trim());
  }, [keptEmail, onEmail]);
  const checkEmail = (): readonly Problem[] => {
    const message = emailError(email) ?? undefined;
    setEmailProblem(message);
    return message === undefined ? [] : [{ id: EMAIL_ID, message }];
  };
  const takeAddress = async (
    address: AddressInput,
    confirmWarnings: boolean,
    draft: AddressDraft,
  ): Promise<readonly UserError[] | null> => {
    const answer = await changes.setDestination(destinationInput(address));
    if (answer === null) return null;
    if (answer.userErrors.length > 0) {
      // A place is a part of the address, whose errors say where.
      return answer.userErrors.map((error) => ({
        ...error,
        field: error.field?.map((name) => (name === "destination" ? "address" : name)) ?? null,
      }));
    }
    setDelivery({ address, draft, confirmWarnings });
    onEmail(email.trim());
    setEditing(false);
    return null;
  };
  if (isEditing || delivery === null)
    return (
      <section aria-labelledby="delivery-title">
        <h2 id="delivery-title">1. Where it goes</h2>
        <AddressForm
          submitLabel="Continue"
          busy={changes.busy}
          failureMessage={changes.message}
          initialDraft={delivery?.draft ?? draftFromPlace(cart.destination)}
          initialErrors={addressErrors}
          checkOthers={checkEmail}
          onSubmit={takeAddress}
        >
          <TextField
            id={EMAIL_ID}
            label="E-mail address"
            required
            hint="For news of your order, and the link to it."
            autoComplete="email"
            inputMode="email"
            error={emailProblem}
            value={email}
            onInput={setEmail}
          />
        </AddressForm>
      </section>
    );
  return (
    <GuestPayment
      cart={cart}
      providerName={providerName}
      purchase={purchase}
      email={email}
      delivery={delivery}
      onConfirmAddress={() => {
        setDelivery({ ...delivery, confirmWarnings: true });
        purchase.reset();
      }}
      onEdit={(userErrors) => {
        setAddressErrors(guestAddressErrors(userErrors));
        purchase.reset();
        setEditing(true);
      }}
    />
  );
}

interface GuestPaymentProps extends Omit<GuestCheckoutProps, "onEmail"> {
  readonly email: string;
  readonly delivery: Delivery;
  readonly onConfirmAddress: () => void;
  readonly onEdit: (userErrors: readonly UserError[]) => void;
}

function GuestPayment({ cart, providerName, purchase, email, delivery, onConfirmAddress, onEdit }: GuestPaymentProps) {
  const [choice, setChoice] = useState<PaymentChoice>(() => firstPaymentChoice([]));
  const problems = useProblems();
  const changes = useCartChanges(cart);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { heading.current?.focus(); }, []);
  const { address, confirmWarnings } = delivery;
  const place = [address.region, address.postalCode].filter((part) => part).join(" ");
  const prepareBuyer = (): Promise<Buyer | null> => {
    const providerToken = choice.kind === "new" ? choice.providerToken : "";
    problems.show(providerToken === "" ? [{ id: PAYMENT_ID, message: "Choose a way to pay." }] : []);
    return Promise.resolve(
      providerToken === "" ? null : { kind: "guest", email, address, providerToken, confirmWarnings },
    );
  };
  return (
    <section aria-labelledby="payment-title">
      <div class="notice checkout-delivery">
        <p>
          To {[address.name, ...address.lines, address.city, place].filter((part) => part).join(", ")}. News goes to {email}.
        </p>
        <button type="button" class="link" onClick={() => { onEdit([]); }}>
          Change<span class="unseen"> where it goes</span>
        </button>
      </div>
      <h2 id="payment-title" ref={heading} tabIndex={-1}>
        2. Shipping and payment
      </h2>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <ShippingFields cart={cart} changes={changes} />
      <PaymentFields
        legend="How you pay"
        providerName={providerName}
        saved={[]}
        choice={choice}
        error={problems.of(PAYMENT_ID)}
        onChoose={setChoice}
        savesCard={false}
        keep={() => ({ cartId: cart.id, email, delivery })}
      />
      <PlaceOrder
        cart={cart}
        purchase={purchase}
        changes={changes}
        prepareBuyer={prepareBuyer}
        busy={false}
        onAddressWrong={onEdit}
        onConfirmAddress={onConfirmAddress}
      />
    </section>
  );
}
