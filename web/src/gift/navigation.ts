// Panels in the browser's history, so that its Back button leads from a form to the gift. The address never changes.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { PanelName } from "./panel";
import { parseToken } from "./token";

function panelFrom(state: unknown): PanelName {
  const panel = typeof state === "object" && state !== null && "panel" in state ? state.panel : "gift";
  return panel as PanelName;
}

/** Where the reader is, and the ways to move. */
export interface Navigation {
  readonly panel: PanelName;
  readonly openPanel: (panel: PanelName) => void;
  readonly goBack: () => void;
  /** Whether the reader has moved at all. */
  readonly hasMoved: boolean;
}

/** The panel shown. A page that was loaded anew begins with the gift. */
export function useNavigation(): Navigation {
  const [panel, setPanel] = useState<PanelName>("gift");
  const [hasMoved, setHasMoved] = useState(false);
  useEffect(() => {
    history.replaceState({ panel: "gift" }, "");
    const handlePopState = (event: PopStateEvent): void => {
      setPanel(panelFrom(event.state));
    };
    addEventListener("popstate", handlePopState);
    return () => { removeEventListener("popstate", handlePopState); };
  }, []);
  const openPanel = useCallback((next: PanelName) => {
    history.pushState({ panel: next }, "");
    setHasMoved(true);
    setPanel(next);
  }, []);
  const goBack = useCallback(() => { history.back(); }, []);
  return { panel, openPanel, goBack, hasMoved };
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
