// A product's pictures: one large, the others to choose from.

import { useEffect, useState } from "preact/hooks";
import type { PictureFragment } from "../../generated/shop";
import { HiddenText } from "../ui/hidden-text";
import { Picture } from "../ui/picture";

interface GalleryProps {
  readonly title: string;
  readonly images: readonly PictureFragment[];
  /** The variant's own picture; null: the first one. */
  readonly image: PictureFragment | null;
}

/** The pictures; the large one follows the variant until another is chosen. */
export function Gallery({ title, images, image }: GalleryProps) {
  const all = image === null || images.some(({ url }) => url === image.url) ? images : [image, ...images];
  const start = image?.url ?? all[0]?.url ?? null;
  const [shownUrl, setShownUrl] = useState(start);
  useEffect(() => { setShownUrl(start); }, [start]);
  const shown = all.find(({ url }) => url === shownUrl) ?? all[0] ?? null;
  return (
    <div class="gallery">
      <Picture image={shown} text={title} eager />
      {all.length > 1 && (
        <ul class="thumbs" aria-label="Pictures">
          {all.map((candidate, index) => (
            <li key={candidate.url}>
              <button
                type="button"
                class="thumb"
                aria-pressed={candidate.url === shown?.url}
                onClick={() => { setShownUrl(candidate.url); }}
              >
                <Picture image={{ ...candidate, altText: "" }} text="" />
                <HiddenText>{candidate.altText ?? `Picture ${String(index + 1)}`}</HiddenText>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
