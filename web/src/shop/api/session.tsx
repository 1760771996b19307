// Who is signed in on this page: the bearer of the embedded sign-in. The client's own identifier is the browser's
// cookie, which no script sees.

import { createContext, type ComponentChildren } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";
import { forgetTab, keepBearer, readBearer } from "../account/bearer";
import { forgetAllOrderIds } from "../orders/kept-orders";

/** The session, and the ways to begin and end it. */
export interface Session {
  readonly token: string | null;
  /** Goes up at each sign-out: what was shown before belongs to another person. A sign-in keeps what is open. */
  readonly generation: number;
  readonly begin: (token: string) => void;
  readonly end: () => void;
}

const SessionContext = createContext<Session | null>(null);

const openStorage = (): Storage => sessionStorage;

/** The session of the page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("There is no session above this component.");
  return session;
}

/** Keeps the session for what is below, also across reloads of this tab. */
export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [state, setState] = useState(() => ({ token: readBearer(openStorage), generation: 0 }));
  const session = useMemo(
    (): Session => ({
      ...state,
      begin: (token) => {
        keepBearer(token, openStorage);
        forgetAllOrderIds();
        setState(({ generation }) => ({ token, generation }));
      },
      end: () => {
        keepBearer(null, openStorage);
        forgetTab();
        forgetAllOrderIds();
        setState(({ generation }) => ({ token: null, generation: generation + 1 }));
      },
    }),
    [state],
  );
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
