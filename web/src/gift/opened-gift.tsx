// An opened gift: one panel at a time, and what the recipient has done so far.

import { useState } from "preact/hooks";
import { AddressFormPlaceholder } from "../shared/address-fields";
import { AcceptPanel } from "./accept";
import { EMPTY_DRAFT, likelyCountry, type AddressDraft, type FieldName } from "../shared/address";
import { DeclinePanel, ExchangePanel, ForgetPanel, ReportPanel, ThankPanel } from "./answers";
import { useCountries } from "../shared/countries";
import type { Gift } from "./gift";
import { useNavigation } from "../shared/navigation";
import { Heading, RetryNotice } from "../shared/notices";
import { ANSWER_MESSAGES, Overview } from "./overview";
import type { AnswerKind, PanelName, PanelProps } from "./panel";
import type { Answer } from "./answer";
import { canThank, type Claim } from "./wording";

interface OpenedGiftProps extends Pick<Gift, "reload" | "update"> {
  readonly token: string;
  readonly claim: Claim;
}

/** Whether a panel still makes sense: the browser's Forward button may lead to one that does not. */
function canOpen(panel: PanelName, claim: Claim): boolean {
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
export function OpenedGift({ token, claim, reload, update }: OpenedGiftProps) {
  const { panel, openPanel, goBack, hasMoved } = useNavigation<PanelName>("gift");
  const [lastAnswer, setLastAnswer] = useState<AnswerKind | null>(null);
  const [isClosed, setIsClosed] = useState(false);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const onAnswer = (kind: AnswerKind, answer: Answer): void => {
    setLastAnswer(kind);
    // A recipient who wants to be forgotten is shown nothing more of the gift, whatever the answer holds.
    if (answer.claim === null || kind === "forgotten") setIsClosed(true);
    else update(answer.claim);
    goBack();
  };
  const onClaimChange = (): void => {
    goBack();
    reload();
  };
  if (isClosed && lastAnswer !== null) return <ClosedGift lastAnswer={lastAnswer} />;
  const panelProps: PanelProps = { token, claim, onAnswer, onClaimChange, onBack: goBack };
  switch (canOpen(panel, claim) ? panel : "gift") {
    case "gift":
      return <Overview claim={claim} lastAnswer={lastAnswer} onOpen={openPanel} isFirstView={!hasMoved} />;
    case "accept":
      return <AcceptPanelLoader {...panelProps} draft={draft} setDraft={setDraft} />;
    case "decline":
      return <DeclinePanel {...panelProps} />;
    case "exchange":
      return <ExchangePanel {...panelProps} />;
    case "thank":
      return <ThankPanel {...panelProps} />;
    case "report":
      return <ReportPanel {...panelProps} />;
    case "forget":
      return <ForgetPanel {...panelProps} />;
  }
}

type DraftSetter = (change: (draft: AddressDraft) => AddressDraft) => void;

/** The address form, once it is known where gifts can go. */
function AcceptPanelLoader(props: PanelProps & { readonly draft: AddressDraft; readonly setDraft: DraftSetter }) {
  const { value: countries, loading, failureMessage, retry } = useCountries();
  const { setDraft } = props;
  const country = props.draft.country || likelyCountry(navigator.languages, countries ?? []);
  const draft = { ...props.draft, country };
  const onEdit = (name: FieldName, value: string): void => {
    // Another country's regions mean nothing here.
    setDraft((previous) => ({ ...previous, country, ...(name === "country" ? { region: "" } : {}), [name]: value }));
  };
  if (countries !== null) return <AcceptPanel {...props} countries={countries} draft={draft} onEdit={onEdit} />;
  return (
    <>
      <Heading>Where should it go?</Heading>
      <RetryNotice message={failureMessage} onRetry={retry} />
      <AddressFormPlaceholder loading={loading} onBack={props.onBack} />
    </>
  );
}

/** After an answer that closed the link. */
function ClosedGift({ lastAnswer }: { readonly lastAnswer: AnswerKind }) {
  return (
    <div class="standing standing-ended">
      <Heading>{ANSWER_MESSAGES[lastAnswer]}</Heading>
      <p class="lead">You can close this page.</p>
    </div>
  );
}
