// Signing in by a code that is sent by mail.

import { useEffect, useState } from "preact/hooks";
import { RequestSignInDocument, SignInDocument } from "../../generated/shop";
import { TextField } from "../../shared/fields";
import { Form } from "../../shared/form";
import { FailureNotice, ProblemList, SendButton } from "../../shared/notices";
import { useSession } from "../api/session";
import { emailError } from "./email";
import { toProblems, useProblems } from "./problems";
import { useRequests } from "./request";

const EMAIL_ID = "sign-in-email";
const CODE_ID = "sign-in-code";

interface SignInStepProps {
  /** Who signs in again; empty where that is not known. */
  readonly email: string;
  /** Whether this is a trial shop, whose mails may be files. */
  readonly isTrial: boolean;
  readonly onSignedIn: () => void;
}

/** First the address, then the code. */
export function SignInStep({ email: knownEmail, isTrial, onSignedIn }: SignInStepProps) {
  const [email, setEmail] = useState(knownEmail);
  const [isCodeSent, setCodeSent] = useState(false);
  if (isCodeSent)
    return (
      <CodeForm email={email.trim()} isTrial={isTrial} onSignedIn={onSignedIn} onBack={() => { setCodeSent(false); }} />
    );
  return <EmailForm email={email} onEdit={setEmail} onSent={() => { setCodeSent(true); }} />;
}

interface EmailFormProps {
  readonly email: string;
  readonly onEdit: (email: string) => void;
  readonly onSent: () => void;
}

function EmailForm({ email, onEdit, onSent }: EmailFormProps) {
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const submit = async (): Promise<void> => {
    const error = emailError(email);
    if (error !== null) {
      problems.show([{ id: EMAIL_ID, message: error }]);
      return;
    }
    const data = await send(RequestSignInDocument, { input: { email: email.trim() } });
    if (data === null) return;
    const { userErrors } = data.signInRequest;
    problems.show(toProblems(userErrors, { email: EMAIL_ID }));
    if (userErrors.length === 0) onSent();
  };
  return (
    <Form onSubmit={() => void submit()}>
      <p class="lead">There is no password: we send you a code by mail.</p>
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <TextField
        id={EMAIL_ID}
        label="E-mail address"
        required
        autoComplete="email"
        inputMode="email"
        error={problems.of(EMAIL_ID)}
        value={email}
        onInput={onEdit}
      />
      <FailureNotice message={failureMessage} />
      <div class="actions">
        <SendButton busy={busy}>Send me a code</SendButton>
      </div>
    </Form>
  );
}

interface CodeFormProps extends Pick<SignInStepProps, "isTrial" | "onSignedIn"> {
  readonly email: string;
  readonly onBack: () => void;
}

function CodeForm({ email, isTrial, onSignedIn, onBack }: CodeFormProps) {
  const [code, setCode] = useState("");
  const { busy, failureMessage, send } = useRequests();
  const problems = useProblems();
  const session = useSession();
  // The button that had the focus is gone.
  useEffect(() => { document.getElementById(CODE_ID)?.focus(); }, []);
  const submit = async (): Promise<void> => {
    if (code.trim() === "") {
      problems.show([{ id: CODE_ID, message: "The code is missing. It stands in the mail." }]);
      return;
    }
    const data = await send(SignInDocument, { input: { email, code: code.trim() } });
    if (data === null) return;
    const { token, userErrors } = data.signIn;
    problems.show(toProblems(userErrors, { code: CODE_ID, email: CODE_ID }));
    if (token === null) return;
    session.begin(token);
    onSignedIn();
  };
  return (
    <Form onSubmit={() => void submit()}>
      <p class="lead" role="status">
        We have sent a code of six digits to {email}. It is good for ten minutes.
      </p>
      {isTrial && (
        <p class="hint">
          No mail there? Where no mail server is set up, mails are files in the folder <code>data/outbox</code> of the
          gateway: the code stands in the newest one.
        </p>
      )}
      <ProblemList problems={problems.list} attempt={problems.attempt} />
      <TextField
        id={CODE_ID}
        label="Code"
        required
        autoComplete="one-time-code"
        inputMode="numeric"
        error={problems.of(CODE_ID)}
        value={code}
        onInput={setCode}
      />
      <FailureNotice message={failureMessage} />
      <div class="actions">
        <SendButton busy={busy}>Sign in</SendButton>
        <button type="button" class="button button-plain" onClick={onBack}>
          Use another address, or send a new code
        </button>
      </div>
    </Form>
  );
}
