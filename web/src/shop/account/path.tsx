// The short path, and the way to open it from anywhere in the shop.

import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useMemo, useState } from "preact/hooks";
import { lazy } from "../router/lazy";
import { forgetCardReturn, readCardReturn } from "./card-return";
import type { Purpose } from "./steps";

/** What the path is opened for. */
export interface PathRequest {
  readonly purpose: Purpose;
  /** Why, where the gateway asked for it. */
  readonly reason?: string;
  /** The sign-in has to be of the last minutes. */
  readonly mustSignInAgain?: boolean;
  /** Called at the path's end, not where it was closed before. */
  readonly onDone?: () => void;
}

/** Opens the path. */
export type OpenPath = (request: PathRequest) => void;

const PathContext = createContext<OpenPath | null>(null);

/** A way to open the path. */
export function usePath(): OpenPath {
  const open = useContext(PathContext);
  if (open === null) throw new Error("There is no path above this component.");
  return open;
}

export interface PathDialogProps {
  readonly request: PathRequest;
  readonly onClose: () => void;
}

// Few readers need it, and none at first.
const PathDialog = lazy<PathDialogProps>(async () => (await import("./path-dialog")).PathDialog);

/** The path on which the buyer left to enter a card. */
function findReturnedPath(): PathRequest | null {
  const { kept, mustSignIn } = readCardReturn();
  const signIn = mustSignIn ? { mustSignInAgain: true, reason: "To save a card, sign in once more." } : {};
  if (kept?.["path"] === "oneClick") return { purpose: "oneClick", ...signIn };
  return mustSignIn ? { purpose: "signIn", ...signIn } : null;
}

/** Shows the path over what is below, while it is open. */
export function PathProvider({ children }: { children: ComponentChildren }) {
  const [request, setRequest] = useState(findReturnedPath);
  const open = useMemo((): OpenPath => (newRequest) => { setRequest(newRequest); }, []);
  const closePath = useCallback((): void => {
    if (readCardReturn().kept?.["path"] === "oneClick") forgetCardReturn();
    setRequest(null);
  }, []);
  return (
    <PathContext.Provider value={open}>
      {children}
      {request !== null && <PathDialog request={request} onClose={closePath} />}
    </PathContext.Provider>
  );
}
