// What came of the last thing that was done, or why it was not.

import { useEffect, useRef } from "preact/hooks";

/** What is said of it. */
export interface Notice {
  readonly tone: "good" | "bad";
  readonly message: string;
}

/** Takes the focus with each new notice; screen readers hear it besides. */
export function NoticeBox({ notice }: { readonly notice: Notice | null }) {
  const noticeRef = useRef<HTMLParagraphElement>(null);
  useEffect(() => { noticeRef.current?.focus(); }, [notice]);
  return (
    <div role="status">
      {notice !== null && (
        <p class={`notice notice-${notice.tone}`} ref={noticeRef} tabIndex={-1}>
          <span aria-hidden="true">{notice.tone === "good" ? "✓ " : "⚠ "}</span>
          {notice.message}
        </p>
      )}
    </div>
  );
}
