// The gifts you give.

import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { MyGiftsDocument, type MyGiftsQuery } from "../../generated/shop";
import { Heading, RetryNotice } from "../../shared/notices";
import { formatDay } from "../../shared/wording";
import { usePath } from "../account/path";
import { describeError } from "../api/errors";
import { Link } from "../router/location";
import { Loading } from "../ui/loading";
import { giftPageAddress } from "./address";
import { giftCost, giftStatusTitle } from "./wording";
import "../account/style.css";
import "../orders/style.css";
import "./style.css";

type Gifts = MyGiftsQuery["viewer"]["gifts"];

/** The page. */
export function GiftsPage() {
  const openPath = usePath();
  const [{ data, error, fetching }, execute] = useQuery({
    query: MyGiftsDocument,
    variables: { after: null },
    requestPolicy: "cache-and-network",
  });
  const viewer = data?.viewer;
  return (
    <section class="panel">
      <Heading>Your gifts</Heading>
      {viewer === undefined && fetching && <Loading label="Looking up your gifts" />}
      {viewer === undefined && !fetching && (
        <RetryNotice message={describeError(error)} onRetry={() => { execute({ requestPolicy: "network-only" }); }} />
      )}
      {viewer?.purchaser === null && (
        <>
          <p class="lead">Who is signed in sees the gifts they give, and how far they have come.</p>
          <div class="actions">
            <button type="button" class="button" onClick={() => { openPath({ purpose: "signIn" }); }}>
              Sign in to see your gifts
            </button>
          </div>
        </>
      )}
      {viewer?.purchaser && <GiftList gifts={viewer.gifts} />}
    </section>
  );
}

function GiftList({ gifts }: { readonly gifts: Gifts }) {
  if (gifts.nodes.length === 0)
    return <p class="lead">There is nothing here yet. Every product can be given: look for “Give as a gift”.</p>;
  return (
    <>
      <ul class="cards">
        {gifts.nodes.map((gift) => {
          const [created] = gift.events.nodes;
          return (
            <li class="summary" key={gift.id}>
              <div class="summary-head">
                <h2>
                  <Link href={giftPageAddress(gift.id)}>Gift {gift.trackingNumber.slice(0, 8)}</Link>
                </h2>
                <span class={`chip chip-${gift.status.toLowerCase()}`}>{giftStatusTitle(gift.status)}</span>
              </div>
              <p class="hint">
                {[created && formatDay(created.occurredAt), gift.charges && giftCost(gift.charges)]
                  .filter((part) => part)
                  .join(" · ")}
              </p>
            </li>
          );
        })}
      </ul>
      {gifts.pageInfo.hasNextPage && <MoreGifts after={gifts.pageInfo.endCursor} />}
    </>
  );
}

/** A further page of gifts, when it is asked for. */
function MoreGifts({ after }: { readonly after: string | null }) {
  const [isWanted, setWanted] = useState(false);
  const [{ data, fetching }] = useQuery({ query: MyGiftsDocument, variables: { after }, pause: !isWanted });
  if (isWanted && data !== undefined) return <GiftList gifts={data.viewer.gifts} />;
  return (
    <button type="button" class="button button-plain" aria-disabled={fetching} onClick={() => { setWanted(true); }}>
      {fetching ? "Loading…" : "Show earlier gifts"}
    </button>
  );
}
