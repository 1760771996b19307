// Panels in the browser's history, so that its Back button leads from a form to the first panel. The address never
// changes.

import { useCallback, useEffect, useState } from "preact/hooks";
import { parseToken } from "./token";

function panelFrom<Panel>(state: unknown, home: Panel): Panel {
  return typeof state === "object" && state !== null && "panel" in state ? (state.panel as Panel) : home;
}

/** Where the reader is, and the ways to move. */
export interface Navigation<Panel> {
  readonly panel: Panel;
  readonly openPanel: (panel: Panel) => void;
  /** Back to the panel before; nothing at the first one, which an answer may come after. */
  readonly goBack: () => void;
  /** Whether the reader has moved at all. */
  readonly hasMoved: boolean;
}

/** The panel shown. A page that was loaded anew begins with `home`, which is the same value at each call. */
export function useNavigation<Panel>(home: Panel): Navigation<Panel> {
  const [panel, setPanel] = useState(home);
  const [hasMoved, setHasMoved] = useState(false);
  useEffect(() => {
    history.replaceState({ panel: home, isHome: true }, "");
    const handlePopState = (event: PopStateEvent): void => {
      setPanel(panelFrom(event.state, home));
    };
    addEventListener("popstate", handlePopState);
    return () => { removeEventListener("popstate", handlePopState); };
  }, [home]);
  const openPanel = useCallback((next: Panel) => {
    history.pushState({ panel: next, isHome: false }, "");
    setHasMoved(true);
    setPanel(next);
  }, []);
  const goBack = useCallback(() => {
    if (isDeeper(history.state)) history.back();
  }, []);
  return { panel, openPanel, goBack, hasMoved };
}

function isDeeper(state: unknown): boolean {
  return typeof state === "object" && state !== null && "isHome" in state && state.isHome === false;
}

/** The token in the address bar, also after another link was followed in this tab. */
export function useToken(): string | null {
  const [token, setToken] = useState(() => parseToken(location.hash));
  useEffect(() => {
    const handleHashChange = (): void => { setToken(parseToken(location.hash)); };
    addEventListener("hashchange", handleHashChange);
    return () => { removeEventListener("hashchange", handleHashChange); };
  }, []);
  return token;
}
