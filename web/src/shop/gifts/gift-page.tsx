// One gift: how far it has come, live, and what its giver can do.

import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { CancelGiftDocument, FollowGiftDocument, OneGiftDocument, type GiftProgressFragment } from "../../generated/shop";
import { formatMoment, webLink } from "../../order/wording";
import { Heading, RetryNotice } from "../../shared/notices";
import { usePath } from "../account/path";
import { toProblems, useProblems } from "../account/problems";
import { useRequests } from "../account/request";
import { describeError } from "../api/errors";
import { ConnectionNote } from "../orders/connection-note";
import { History } from "../orders/history";
import { useFollow } from "../orders/use-follow";
import { pageAddress } from "../router/address";
import { Link } from "../router/location";
import type { PageProps } from "../router/routes";
import { Loading } from "../ui/loading";
import { CancelForm } from "./cancel-form";
import { SupplyForm } from "./supply-form";
import { giftCost, giftEventTitle, giftPaymentText, giftStatusText, giftStatusTitle, isGiftCancellable } from "./wording";
import "../account/style.css";
import "../orders/style.css";
import "./style.css";

/** The page of the gift in the address. */
export function GiftPage({ handle }: PageProps) {
  const openPath = usePath();
  const [{ data, error, fetching }, execute] = useQuery({
    query: OneGiftDocument,
    variables: { id: handle },
    requestPolicy: "cache-and-network",
  });
  const refresh = (): void => { execute({ requestPolicy: "network-only" }); };
  const gift = data?.gift;
  if (gift) return <WatchedGift gift={gift} onRefresh={refresh} />;
  return (
    <section class="panel">
      {gift === undefined && fetching && <Loading label="Looking up the gift" />}
      {gift === undefined && !fetching && (
        <RetryNotice message={describeError(error)} onRetry={refresh} />
      )}
      {gift === null && (
        <>
          <Heading>This gift is not shown here</Heading>
          <p class="lead">Its giver sees it when they are signed in.</p>
          <div class="actions">
            <button type="button" class="button" onClick={() => { openPath({ purpose: "signIn" }); }}>
              Sign in
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function lastEvent({ events }: GiftProgressFragment): GiftProgressFragment["events"]["nodes"][number] | undefined {
  return events.nodes.reduce<GiftProgressFragment["events"]["nodes"][number] | undefined>(
    (last, event) => (last === undefined || event.sequence > last.sequence ? event : last),
    undefined,
  );
}

interface WatchedGiftProps {
  readonly gift: GiftProgressFragment;
  readonly onRefresh: () => void;
}

function WatchedGift({ gift, onRefresh }: WatchedGiftProps) {
  const [notice, setNotice] = useState("");
  const last = lastEvent(gift);
  const connection = useFollow({
    document: FollowGiftDocument,
    id: gift.id,
    after: last?.sequence ?? 0,
    selectEvent: (event) => event.giftUpdates,
    onBehind: onRefresh,
  });
  const bankUrl = webLink(gift.charges?.actionUrl ?? null);
  return (
    <article class="panel">
      <p>
        <Link href={pageAddress("gifts")}>All gifts</Link>
      </p>
      <Heading>Your gift</Heading>
      <div role="status">{notice !== "" && <p class="notice notice-good">{notice}</p>}</div>
      <p class="gift-status" role="status">
        <strong>{giftStatusTitle(gift.status)}.</strong> {giftStatusText(gift.status)}
      </p>
      <ConnectionNote connection={connection} />
      {bankUrl !== null && (
        <div class="notice">
          <p>Your bank wants you to confirm the payment. The gift goes on by itself afterwards.</p>
          <p>
            <a class="button" href={bankUrl} target="_blank" rel="noopener noreferrer">
              Confirm at your bank
            </a>
          </p>
        </div>
      )}
      {gift.status === "AWAITING_GIVER" && (
        <SupplyForm gift={gift} lastEventType={last?.type ?? ""} onDone={setNotice} />
      )}
      <Charges gift={gift} />
      <Facts gift={gift} />
      <History events={gift.events.nodes} titleOf={giftEventTitle} />
      <p class="hint">
        Tracking number: {gift.trackingNumber}. Whoever has it sees how far the gift has come, and nothing else.
      </p>
      {isGiftCancellable(gift.status) && <CancelButton gift={gift} onDone={setNotice} />}
    </article>
  );
}

function Charges({ gift }: { readonly gift: GiftProgressFragment }) {
  if (gift.charges === null) return null;
  return (
    <section aria-labelledby="charges-title">
      <h2 id="charges-title">What it costs</h2>
      <p>
        <strong>{giftCost(gift.charges)}</strong> {giftPaymentText(gift.charges.payment)}.
      </p>
    </section>
  );
}

const FACT_TITLES = { ADDRESS: "An address", EMAIL: "An e-mail address", PHONE: "A phone number" } as const;

function Facts({ gift }: { readonly gift: GiftProgressFragment }) {
  if (gift.facts.length === 0) return null;
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">What was found</h2>
      <ul class="rows">
        {gift.facts.map(({ kind, source, foundAt }, index) => (
          <li class="row" key={index}>
            <span class="row-label">
              {FACT_TITLES[kind]}, in {source}
            </span>
            <time class="row-amount hint" dateTime={foundAt}>
              {formatMoment(foundAt)}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CancelButtonProps {
  readonly gift: GiftProgressFragment;
  readonly onDone: (message: string) => void;
}

function CancelButton({ gift, onDone }: CancelButtonProps) {
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const cancel = async (): Promise<void> => {
    const data = await send(CancelGiftDocument, { input: { giftId: gift.id } });
    if (data === null) return;
    const { userErrors } = data.giftCancel;
    problems.show(toProblems(userErrors));
    if (userErrors.length === 0) onDone("Your gift is called off.");
  };
  return (
    <CancelForm
      labels={{ ask: "Call the gift off", confirm: "Yes, call it off", keep: "Keep it" }}
      busy={busy}
      failureMessage={failureMessage}
      problems={problems}
      onCancel={() => void cancel()}
    />
  );
}
