// Your account: what is saved, one-click buying on this device, signing in and out.

import { useState } from "preact/hooks";
import {
  DeleteAddressDocument,
  DeletePaymentMethodDocument,
  DisableOneClickDocument,
  SignOutDocument,
} from "../../generated/shop";
import { FailureNotice, Heading, ProblemList, RetryNotice } from "../../shared/notices";
import { useSession } from "../api/session";
import { Loading } from "../ui/loading";
import { addressLine, useAccount, type AccountHolder } from "./account";
import { AddressStep } from "./address-step";
import { usePath } from "./path";
import { paymentMethodLine } from "./payment-method-line";
import { asksForSignIn, toProblems, useProblems } from "./problems";
import { useRequests } from "./request";
import "../orders/style.css";
import "./style.css";

/** The page. */
export function AccountPage() {
  const openPath = usePath();
  const { holder, loading, failureMessage, refresh } = useAccount();
  return (
    <section class="panel">
      <Heading>Your account</Heading>
      {loading && <Loading label="Looking up your account" />}
      <RetryNotice message={failureMessage} onRetry={refresh} />
      {!loading && failureMessage === null && holder === null && (
        <>
          <p class="lead">
            With an account one press buys, and you see your orders and gifts on every device. A code by mail is all it takes.
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => { openPath({ purpose: "signIn" }); }}>
              Sign in
            </button>
          </div>
        </>
      )}
      {holder !== null && <OpenedAccount holder={holder} onChange={refresh} />}
    </section>
  );
}

interface OpenedAccountProps {
  readonly holder: AccountHolder;
  readonly onChange: () => void;
}

function OpenedAccount({ holder, onChange }: OpenedAccountProps) {
  const openPath = usePath();
  const session = useSession();
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const [notice, setNotice] = useState("");
  const [isAdding, setAdding] = useState(false);
  const signInAgain = (): void => {
    openPath({ purpose: "signIn", reason: "To change what is saved, sign in once more.", mustSignInAgain: true });
  };
  /** Shows what came of a change; the account is read anew. */
  const take = (userErrors: Parameters<typeof toProblems>[0], message: string): void => {
    problems.show(toProblems(userErrors));
    if (asksForSignIn(userErrors)) signInAgain();
    setNotice(userErrors.length === 0 ? message : "");
    onChange();
  };
  const deleteAddress = async (id: string): Promise<void> => {
    const data = await send(DeleteAddressDocument, { input: { id } });
    if (data !== null) take(data.addressDelete.userErrors, "The address is deleted.");
  };
  const deletePaymentMethod = async (id: string): Promise<void> => {
    const data = await send(DeletePaymentMethodDocument, { input: { id } });
    if (data !== null) take(data.paymentMethodDelete.userErrors, "The way to pay is deleted.");
  };
  const disable = async (): Promise<void> => {
    const data = await send(DisableOneClickDocument, { input: { scope: "THIS_CLIENT" } });
    if (data !== null) take(data.oneClickDisable.userErrors, "Buying with one click is off on this device.");
  };
  const signOut = async (): Promise<void> => {
    const data = await send(SignOutDocument, {});
    if (data !== null) session.end();
  };
  const isOn = holder.profiles.length > 0;
  return (
    <>
      <p class="lead">Signed in as {holder.email}</p>
      <div role="status">{notice !== "" && <p class="notice notice-good">{notice}</p>}</div>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <FailureNotice message={failureMessage} />
      <section aria-labelledby="one-click-title">
        <h2 id="one-click-title">Buying with one click</h2>
        <p>{isOn ? "It is on." : "It is off."}</p>
        <div class="actions actions-row">
          <button
            type="button"
            class={isOn ? "button button-plain" : "button"}
            onClick={() => {
              openPath({ purpose: "oneClick", onDone: () => { setNotice("Buying with one click is on for this device."); } });
            }}
          >
            {isOn ? "Change where it goes or how you pay" : "Turn it on for this device"}
          </button>
          {isOn && (
            <button type="button" class="button button-plain" aria-disabled={busy} onClick={() => void disable()}>
              Turn it off on this device
            </button>
          )}
        </div>
      </section>
      <section aria-labelledby="addresses-title">
        <h2 id="addresses-title">Addresses</h2>
        <SavedList
          items={holder.addresses.map((address) => ({ id: address.id, title: address.label, detail: addressLine(address) }))}
          busy={busy}
          onDelete={(id) => void deleteAddress(id)}
        />
        {isAdding ? (
          <div class="inset">
            <AddressStep
              saved={holder.addresses}
              submitLabel="Save the address"
              onSaved={() => {
                setAdding(false);
                take([], "The address is saved.");
              }}
              onSignInNeeded={signInAgain}
            />
          </div>
        ) : (
          <div class="actions actions-row">
            <button type="button" class="button button-plain" onClick={() => { setAdding(true); }}>
              Add an address
            </button>
          </div>
        )}
      </section>
      <section aria-labelledby="methods-title">
        <h2 id="methods-title">Ways to pay</h2>
        <SavedList
          items={holder.paymentMethods.map((method) => ({ id: method.id, title: paymentMethodLine(method), detail: "" }))}
          busy={busy}
          onDelete={(id) => void deletePaymentMethod(id)}
        />
      </section>
      <div class="actions actions-row">
        <button type="button" class="button button-plain" aria-disabled={busy} onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </>
  );
}

interface SavedListProps {
  readonly items: readonly { readonly id: string; readonly title: string; readonly detail: string }[];
  readonly busy: boolean;
  readonly onDelete: (id: string) => void;
}

function SavedList({ items, busy, onDelete }: SavedListProps) {
  if (items.length === 0) return <p class="hint">None is saved.</p>;
  return (
    <ul class="rows">
      {items.map(({ id, title, detail }) => (
        <li class="row" key={id}>
          <span class="row-label">
            <strong>{title}</strong>
            {detail !== "" && <span class="hint choice-effect">{detail}</span>}
          </span>
          <button type="button" class="link" aria-disabled={busy} onClick={() => { onDelete(id); }}>
            Delete<span class="unseen"> {title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
