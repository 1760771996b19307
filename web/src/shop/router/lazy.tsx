// Pages whose script is loaded when they are opened.

import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading } from "../ui/loading";
import { RetryNotice } from "../../shared/notices";

type LoadState<Props> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed" }
  | { readonly kind: "loaded"; readonly Page: FunctionComponent<Props> };

/** A page that shows its outline until `load` has brought it. */
export function lazy<Props extends object>(load: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  return function LazyPage(props: Props) {
    const [state, setState] = useState<LoadState<Props>>(
      loaded === null ? { kind: "loading" } : { kind: "loaded", Page: loaded },
    );
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (Page) => {
          loaded = Page;
          setState({ kind: "loaded", Page });
        },
        () => { setState({ kind: "failed" }); },
      );
    }, [attempt]);
    switch (state.kind) {
      case "loading":
        return <Loading label="Opening the page" />;
      case "failed":
        return (
          <RetryNotice
            message="This page could not be loaded. Check your connection, then try again."
            onRetry={() => {
              setState({ kind: "loading" });
              setAttempt(attempt + 1);
            }}
          />
        );
      case "loaded":
        return <state.Page {...props} />;
    }
  };
}
