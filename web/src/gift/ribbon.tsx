// The picture on the card: a bow, drawn, so that nothing has to be fetched.

/** A decorative bow. */
export function Ribbon() {
  return (
    <svg class="ribbon" viewBox="0 0 320 96" aria-hidden="true" focusable="false">
      <rect class="ribbon-band" x="0" y="60" width="320" height="14" />
      <path class="ribbon-loop" d="M160 66 C120 6 40 14 52 46 C60 68 120 62 160 66Z" />
      <path class="ribbon-loop" d="M160 66 C200 6 280 14 268 46 C260 68 200 62 160 66Z" />
      <path class="ribbon-fold" d="M160 66 C132 34 84 26 78 42 C76 54 124 60 160 66Z" />
      <path class="ribbon-fold" d="M160 66 C188 34 236 26 242 42 C244 54 196 60 160 66Z" />
      <path class="ribbon-tail" d="M154 68 L120 96 L140 92 L150 96 L166 70Z" />
      <path class="ribbon-tail" d="M166 68 L200 96 L180 92 L170 96 L154 70Z" />
      <rect class="ribbon-knot" x="148" y="54" width="24" height="24" rx="7" />
    </svg>
  );
}
