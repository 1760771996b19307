// Panels in the browser's history, so that its Back button leads from a form to the gift. The address never changes.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { PanelName } from "./panel";
import { parseToken } from "./token";

function panelIn(state: unknown): PanelName {
  const panel = typeof state === "object" && state !== null && "panel" in state ? state.panel : "gift";
  return panel as PanelName;
}

/** Where the reader is, and the ways to move. */
export interface Navigation {
  readonly panel: PanelName;
  readonly open: (panel: PanelName) => void;
  readonly back: () => void;
  /** Whether the reader has moved at all. */
  readonly moved: boolean;
}

/** The panel shown. A page that was loaded anew begins with the gift. */
export function useNavigation(): Navigation {
  const [panel, setPanel] = useState<PanelName>("gift");
  const [moved, setMoved] = useState(false);
  useEffect(() => {
    history.replaceState({ panel: "gift" }, "");
    const follow = (event: PopStateEvent): void => {
      setPanel(panelIn(event.state));
    };
    addEventListener("popstate", follow);
    return () => { removeEventListener("popstate", follow); };
  }, []);
  const open = useCallback((next: PanelName) => {
    history.pushState({ panel: next }, "");
    setMoved(true);
    setPanel(next);
  }, []);
  const back = useCallback(() => { history.back(); }, []);
  return { panel, open, back, moved };
}

/** The token in the address bar, also after another link was followed in this tab. */
export function useToken(): string | null {
  const [token, setToken] = useState(() => parseToken(location.hash));
  useEffect(() => {
    const follow = (): void => { setToken(parseToken(location.hash)); };
    addEventListener("hashchange", follow);
    return () => { removeEventListener("hashchange", follow); };
  }, []);
  return token;
}
