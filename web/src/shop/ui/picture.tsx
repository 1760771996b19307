// Pictures of products: as large as their place, with their text, and a drawing where there is none.

import type { PictureFragment } from "../../generated/shop";

interface PictureProps {
  readonly image: PictureFragment | null;
  /** What the picture shows, where it does not say so itself; empty where a text beside it does. */
  readonly text: string;
  /** Whether it is seen as soon as the page opens. */
  readonly eager?: boolean;
}

/** A picture in a square. */
export function Picture({ image, text, eager = false }: PictureProps) {
  if (image === null) return <NoPicture />;
  return (
    <span class="picture">
      <img
        src={image.url}
        alt={image.altText ?? text}
        width={image.width ?? undefined}
        height={image.height ?? undefined}
        loading={eager ? "eager" : "lazy"}
        decoding="async"
      />
    </span>
  );
}

function NoPicture() {
  return (
    <span class="picture picture-none">
      <svg viewBox="0 0 64 64" aria-hidden="true" focusable="false">
        <path d="M14 26h36l3 26a3 3 0 0 1-3 3H14a3 3 0 0 1-3-3z" />
        <path d="M23 31V20a9 9 0 0 1 18 0v11" />
      </svg>
    </span>
  );
}
