// Where the reader is, and the ways to move without loading the page anew.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const MOVED = "shop:moved";

/** The present address: path and query. */
export interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
}

function readLocation(): Location {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** The present address, which changes by links, by `navigate` and by the browser's buttons. */
export function useLocation(): Location {
  const [current, setCurrent] = useState(readLocation);
  useEffect(() => {
    const update = (): void => { setCurrent(readLocation()); };
    const handlePopState = (): void => {
      moves += 1;
      update();
    };
    addEventListener("popstate", handlePopState);
    addEventListener(MOVED, update);
    return () => {
      removeEventListener("popstate", handlePopState);
      removeEventListener(MOVED, update);
    };
  }, []);
  return current;
}

let moves = 0;

/** Whether the reader has moved since the page was loaded. */
export function hasMoved(): boolean {
  return moves > 0;
}

/** Go to another page of the shop; in place of the present one where `replace` says so. */
export function navigate(address: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const isSamePage = new URL(address, location.href).pathname === location.pathname;
  moves += 1;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new Event(MOVED));
  if (!isSamePage) scrollTo({ top: 0, behavior: "instant" });
}

interface LinkProps {
  readonly href: string;
  readonly class?: string;
  /** What the link is called where its content does not say so. */
  readonly label?: string;
  /** Whether it leads to where the reader is. */
  readonly current?: boolean;
  /** Called when the link is followed. */
  readonly onFollow?: () => void;
  children: ComponentChildren;
}

/** A link to another page of the shop. */
export function Link({ href, class: style = "", label, current = false, onFollow, children }: LinkProps) {
  return (
    <a
      class={style}
      href={href}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        // What opens a new tab or saves the target stays the browser's.
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onFollow?.();
        navigate(href);
      }}
    >
      {children}
    </a>
  );
}
