// The gift behind the link: loaded, and brought up to date by each answer.

import { useCallback, useEffect, useState } from "preact/hooks";
import { GiftClaimDocument } from "../generated/operations";
import { executeOperation } from "../shared/server";
import { describeFailure } from "../shared/wording";
import type { Claim } from "./wording";

/** What the link leads to. */
export type GiftState =
  | { readonly kind: "loading" }
  | { readonly kind: "invalid" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "open"; readonly claim: Claim };

/** The gift, a way to load it again, and a way to put the newest state in. */
export interface Gift {
  readonly state: GiftState;
  readonly reload: () => void;
  readonly update: (claim: Claim) => void;
}

async function loadClaim(token: string): Promise<GiftState> {
  const reply = await executeOperation(GiftClaimDocument, { token });
  if (reply.kind !== "data") return { kind: "failed", message: describeFailure(reply) };
  const claim = reply.data.giftClaim;
  return claim === null ? { kind: "invalid" } : { kind: "open", claim };
}

/** The gift whose link holds `token`. Loading it changes nothing. */
export function useGift(token: string | null): Gift {
  const [state, setState] = useState<GiftState>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState({ kind: "loading" });
    const loadedState = token === null ? Promise.resolve<GiftState>({ kind: "invalid" }) : loadClaim(token);
    void loadedState.then((newState) => {
      if (isCurrent) setState(newState);
    });
    return () => {
      isCurrent = false;
    };
  }, [token, attempt]);
  const reload = useCallback(() => { setAttempt((count) => count + 1); }, []);
  const update = useCallback((claim: Claim) => { setState({ kind: "open", claim }); }, []);
  return { state, reload, update };
}
