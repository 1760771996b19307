// What is shown while something is loaded.

/** An outline of what is to come; `label` says to screen readers what that is. */
export function Loading({ label }: { readonly label: string }) {
  return (
    <div class="waiting" role="status" aria-label={label}>
      <div class="bone bone-title" />
      <div class="bone bone-line" />
      <div class="bone bone-card" />
    </div>
  );
}
