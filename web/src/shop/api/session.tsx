// Who is signed in on this page: the token of the embedded sign-in. The client's own identifier is the browser's cookie,
// which no script sees.

import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

const TOKEN_KEY = "shop.token";

/** The session, and the ways to begin and end it. */
export interface Session {
  readonly token: string | null;
  /** Goes up at each sign-in and sign-out; what was loaded before belongs to another person. */
  readonly generation: number;
  readonly begin: (token: string) => void;
  readonly end: () => void;
}

const SessionContext = createContext<Session | null>(null);

/** The session of the page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("There is no session above this component.");
  return session;
}

/** Keeps the session for what is below, also across reloads and in other tabs. */
export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [state, setState] = useState({ token: localStorage.getItem(TOKEN_KEY), generation: 0 });
  useEffect(() => {
    const handleStorage = (event: StorageEvent): void => {
      if (event.key === TOKEN_KEY)
        setState(({ generation }) => ({ token: event.newValue, generation: generation + 1 }));
    };
    addEventListener("storage", handleStorage);
    return () => { removeEventListener("storage", handleStorage); };
  }, []);
  const session = useMemo(() => {
    const change = (token: string | null): void => {
      if (token === null) localStorage.removeItem(TOKEN_KEY);
      else localStorage.setItem(TOKEN_KEY, token);
      setState(({ generation }) => ({ token, generation: generation + 1 }));
    };
    return { ...state, begin: change, end: () => { change(null); } };
  }, [state]);
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
