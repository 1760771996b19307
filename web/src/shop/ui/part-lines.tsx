// The parts of a bundle under its line: in the cart, at the checkout, in an order.

interface PartLinesProps {
  readonly parts: readonly { readonly name: string; readonly quantity: number }[];
}

/** What is in one of the bundle; nothing where it is none. */
export function PartLines({ parts }: PartLinesProps) {
  if (parts.length === 0) return null;
  return (
    <ul class="parts">
      {parts.map(({ name, quantity }, index) => (
        <li key={index}>{quantity === 1 ? name : `${String(quantity)} × ${name}`}</li>
      ))}
    </ul>
  );
}
