// Buying signed in: by an address and a way to pay that are saved, or saved now.

import { useEffect, useState } from "preact/hooks";
import type { CartCheckoutInput, CheckoutCartFragment } from "../../generated/shop";
import { draftFromPlace } from "../../shared/address";
import { ProblemList } from "../../shared/notices";
import { addressLine, type AccountHolder } from "../account/account";
import { readCardReturn } from "../account/card-return";
import { AddressStep } from "../account/address-step";
import { firstPaymentChoice, PAYMENT_ID, PaymentFields } from "../account/payment-fields";
import { savePaymentMethod } from "../account/payment-step";
import { usePath } from "../account/path";
import { asksForSignIn, toProblems, useProblems } from "../account/problems";
import { useRequests } from "../account/request";
import type { Purchase } from "../one_click/use-purchase";
import { useCartChanges } from "./cart-changes";
import { destinationInput, isPricedFor, type Buyer } from "./checkout";
import { PlaceOrder } from "./place-order";
import { ShippingFields } from "./shipping-fields";

interface PurchaserCheckoutProps {
  readonly cart: CheckoutCartFragment;
  readonly holder: AccountHolder;
  readonly providerName: string;
  readonly purchase: Purchase<CartCheckoutInput>;
  /** Reads the account anew. */
  readonly onSaved: () => void;
}

const NEW_ADDRESS = "";

/** The form. */
export function PurchaserCheckout({ cart, holder, providerName, purchase, onSaved }: PurchaserCheckoutProps) {
  const openPath = usePath();
  const defaultProfile = holder.profiles.find(({ isDefault }) => isDefault);
  const [kept] = useState(() => readCardReturn().kept);
  const keptAddress = holder.addresses.find(({ id }) => id === kept?.["addressId"]);
  const [addressId, setAddressId] = useState(keptAddress?.id ?? defaultProfile?.address.id ?? holder.addresses[0]?.id ?? NEW_ADDRESS);
  const [choice, setChoice] = useState(() => firstPaymentChoice(holder.paymentMethods));
  const [enableOneClick, setEnableOneClick] = useState(kept?.["enableOneClick"] === true);
  const changes = useCartChanges(cart);
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const address = holder.addresses.find(({ id }) => id === addressId);
  const signInAgain = (): void => {
    openPath({ purpose: "signIn", reason: "To change what is saved, sign in once more.", mustSignInAgain: true });
  };

  // The totals that are shown are those of where it goes.
  const unpricedAddress = address !== undefined && !isPricedFor(cart.destination, address) ? address : null;
  useEffect(() => {
    if (unpricedAddress !== null && !changes.busy && changes.message === null)
      void changes.setDestination(destinationInput(unpricedAddress));
  });

  const prepareBuyer = async (): Promise<Buyer | null> => {
    if (address === undefined) {
      problems.show([{ id: "address-label", message: "Save the address first, or choose another." }]);
      return null;
    }
    if (choice.kind === "saved") {
      problems.show([]);
      return { kind: "purchaser", addressId, paymentMethodId: choice.id, enableOneClick };
    }
    if (choice.providerToken === "") {
      problems.show([{ id: PAYMENT_ID, message: "Choose a way to pay." }]);
      return null;
    }
    const answer = await savePaymentMethod(send, choice.providerToken, "");
    if (answer === null) return null;
    problems.show(toProblems(answer.userErrors, { providerToken: PAYMENT_ID }));
    if (asksForSignIn(answer.userErrors)) signInAgain();
    if (answer.id === null) return null;
    setChoice({ kind: "saved", id: answer.id });
    onSaved();
    return { kind: "purchaser", addressId, paymentMethodId: answer.id, enableOneClick };
  };
  return (
    <section aria-labelledby="delivery-title">
      <h2 id="delivery-title">Delivery and payment</h2>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <fieldset class="field">
        <legend>Where it goes</legend>
        {holder.addresses.map((saved) => (
          <label class="choice" key={saved.id}>
            <input
              type="radio"
              name="address"
              checked={addressId === saved.id}
              onChange={() => { setAddressId(saved.id); }}
            />
            {saved.label}: {addressLine(saved)}
          </label>
        ))}
        <label class="choice">
          <input
            type="radio"
            name="address"
            checked={address === undefined}
            onChange={() => { setAddressId(NEW_ADDRESS); }}
          />
          Another address
        </label>
      </fieldset>
      {address === undefined ? (
        <div class="inset">
          <AddressStep
            saved={holder.addresses}
            submitLabel="Save this address"
            initialDraft={holder.addresses.length === 0 ? draftFromPlace(cart.destination) : undefined}
            onSaved={({ id }) => {
              setAddressId(id);
              onSaved();
            }}
            onSignInNeeded={signInAgain}
          />
        </div>
      ) : (
        <>
          <ShippingFields cart={cart} changes={changes} />
          <PaymentFields
            legend="How you pay"
            providerName={providerName}
            saved={holder.paymentMethods}
            choice={choice}
            error={problems.of(PAYMENT_ID)}
            onChoose={setChoice}
            savesCard
            keep={() => ({ addressId, enableOneClick })}
          />
          <label class="choice checkout-one-click">
            <input
              type="checkbox"
              checked={enableOneClick}
              onChange={(event) => { setEnableOneClick(event.currentTarget.checked); }}
            />
            From now on, let one click buy on this device, to this address and by this way to pay
          </label>
          {failureMessage !== null && <p class="notice notice-bad">{failureMessage}</p>}
          <PlaceOrder
            cart={cart}
            purchase={purchase}
            changes={changes}
            prepareBuyer={prepareBuyer}
            busy={busy || unpricedAddress !== null}
            onAddressWrong={() => {
              purchase.reset();
              setAddressId(NEW_ADDRESS);
            }}
          />
        </>
      )}
    </section>
  );
}
