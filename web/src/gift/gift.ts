// The gift behind the link: loaded, and brought up to date by each answer.

import { useCallback, useEffect, useState } from "preact/hooks";
import { GiftClaimDocument } from "../generated/operations";
import { executeOperation } from "./server";
import { describeFailure, type Claim } from "./wording";

/** What the link leads to. */
export type Found =
  | { readonly kind: "waiting" }
  | { readonly kind: "unusable" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "open"; readonly claim: Claim };

/** The gift, a way to look again, and a way to put the newest state in. */
export interface Gift {
  readonly found: Found;
  readonly look: () => void;
  readonly update: (claim: Claim) => void;
}

async function claimed(token: string): Promise<Found> {
  const reply = await executeOperation(GiftClaimDocument, { token });
  if (reply.kind !== "data") return { kind: "failed", message: describeFailure(reply) };
  const claim = reply.data.giftClaim;
  return claim === null ? { kind: "unusable" } : { kind: "open", claim };
}

/** The gift whose link holds `token`. Looking changes nothing. */
export function useGift(token: string | null): Gift {
  const [found, setFound] = useState<Found>({ kind: "waiting" });
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    let wanted = true;
    setFound({ kind: "waiting" });
    const finding = token === null ? Promise.resolve<Found>({ kind: "unusable" }) : claimed(token);
    void finding.then((result) => {
      if (wanted) setFound(result);
    });
    return () => {
      wanted = false;
    };
  }, [token, looks]);
  const look = useCallback(() => { setLooks((count) => count + 1); }, []);
  const update = useCallback((claim: Claim) => { setFound({ kind: "open", claim }); }, []);
  return { found, look, update };
}
