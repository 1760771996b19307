// An opened gift: one panel at a time, and what the recipient has done so far.

import { useState } from "preact/hooks";
import { AcceptPanel, AddressFormPlaceholder } from "./accept";
import { EMPTY_DRAFT, likelyCountry, type AddressDraft, type FieldName } from "./address";
import { DeclinePanel, ExchangePanel, ForgetPanel, ReportPanel, ThankPanel } from "./answers";
import { useCountries } from "./countries";
import type { Gift } from "./gift";
import { useNavigation } from "./navigation";
import { Heading, Retry } from "./notices";
import { DEEDS, Overview } from "./overview";
import type { Deed, PanelName, PanelProps } from "./panel";
import type { Answer } from "./sending";
import { canThank, type Claim } from "./wording";

interface OpenedProps extends Pick<Gift, "look" | "update"> {
  readonly token: string;
  readonly claim: Claim;
}

/** Whether a panel still makes sense: the browser's Forward button may lead to one that does not. */
function allowed(panel: PanelName, claim: Claim): boolean {
  switch (panel) {
    case "accept":
      return claim.canAccept;
    case "decline":
      return claim.canDecline;
    case "exchange":
      return claim.canExchange;
    case "thank":
      return canThank(claim);
    case "gift":
    case "report":
    case "forget":
      return true;
  }
}

/** The gift and its panels. */
export function Opened({ token, claim, look, update }: OpenedProps) {
  const { panel, open, back, moved } = useNavigation();
  const [deed, setDeed] = useState<Deed | null>(null);
  const [over, setOver] = useState(false);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const onDone = (done: Deed, answer: Answer): void => {
    setDeed(done);
    // A recipient who wants to be forgotten is shown nothing more of the gift, whatever the answer holds.
    if (answer.claim === null || done === "forgotten") setOver(true);
    else update(answer.claim);
    back();
  };
  const onOvertaken = (): void => {
    back();
    look();
  };
  if (over && deed !== null) return <Over deed={deed} />;
  const given: PanelProps = { token, claim, onDone, onOvertaken, onBack: back };
  switch (allowed(panel, claim) ? panel : "gift") {
    case "gift":
      return <Overview claim={claim} deed={deed} onOpen={open} first={!moved} />;
    case "accept":
      return <Accepting {...given} draft={draft} setDraft={setDraft} />;
    case "decline":
      return <DeclinePanel {...given} />;
    case "exchange":
      return <ExchangePanel {...given} />;
    case "thank":
      return <ThankPanel {...given} />;
    case "report":
      return <ReportPanel {...given} />;
    case "forget":
      return <ForgetPanel {...given} />;
  }
}

type SetDraft = (change: (draft: AddressDraft) => AddressDraft) => void;

/** The address form, once it is known where gifts can go. */
function Accepting(props: PanelProps & { readonly draft: AddressDraft; readonly setDraft: SetDraft }) {
  const { value: countries, loading, failureMessage, retry } = useCountries();
  const { setDraft } = props;
  const country = props.draft.country || likelyCountry(navigator.languages, countries ?? []);
  const draft = { ...props.draft, country };
  const onEdit = (name: FieldName, value: string): void => {
    // Another country's regions mean nothing here.
    setDraft((old) => ({ ...old, country, ...(name === "country" ? { region: "" } : {}), [name]: value }));
  };
  if (countries !== null) return <AcceptPanel {...props} countries={countries} draft={draft} onEdit={onEdit} />;
  return (
    <>
      <Heading>Where should it go?</Heading>
      <Retry message={failureMessage} onRetry={retry} />
      <AddressFormPlaceholder loading={loading} onBack={props.onBack} />
    </>
  );
}

/** After an answer that closed the link. */
function Over({ deed }: { readonly deed: Deed }) {
  return (
    <div class="standing standing-ended">
      <Heading>{DEEDS[deed]}</Heading>
      <p class="lead">You can close this page.</p>
    </div>
  );
}
