// The lines of the cart: what, how many, for how much.

import { useRef, useState } from "preact/hooks";
import type { CartContentFragment, CartLineFragment } from "../../generated/shop";
import { productAddress } from "../router/address";
import { Link } from "../router/location";
import { describeAvailability, describeShortage } from "../catalogue/wording";
import { HiddenText } from "../ui/hidden-text";
import { PartLines } from "../ui/part-lines";
import { Picture } from "../ui/picture";
import { ProblemText } from "../ui/problem";
import { Quantity } from "../ui/quantity";
import { useCart } from "./cart-context";

interface CartLinesProps {
  readonly cart: CartContentFragment;
  /** Says what became of a line that is gone, and takes the focus from it. */
  readonly onAnnounce: (text: string) => void;
}

type DisplayLine = NonNullable<CartContentFragment["display"]>["lines"][number];

/** All lines. */
export function CartLines({ cart, onAnnounce }: CartLinesProps) {
  const texts = cart.display?.lines ?? [];
  return (
    <ul class="lines">
      {cart.items.map((line, index) => (
        <CartLine
          key={line.lineId ?? line.reference}
          line={line}
          // The display has its lines in the order of the items.
          text={texts.length === cart.items.length ? texts[index] : undefined}
          onAnnounce={onAnnounce}
        />
      ))}
    </ul>
  );
}

interface CartLineProps extends Omit<CartLinesProps, "cart"> {
  readonly line: CartLineFragment;
  readonly text: DisplayLine | undefined;
}

function CartLine({ line, text, onAnnounce }: CartLineProps) {
  const { setQuantity, close } = useCart();
  const [pending, setPending] = useState<number | null>(null);
  const turnRef = useRef(0);
  const [problem, setProblem] = useState<string | null>(null);
  const { variant } = line;
  const product = variant?.product ?? null;
  const title = product?.title ?? line.name;
  const change = async (quantity: number): Promise<void> => {
    turnRef.current += 1;
    const turn = turnRef.current;
    setPending(quantity);
    setProblem(null);
    const outcome = await setQuantity(line, quantity);
    // An answer to an earlier press does not take back what was pressed since.
    if (turn !== turnRef.current) return;
    setPending(null);
    setProblem(outcome.problem);
    if (quantity === 0 && outcome.problem === null) onAnnounce(`${line.name} is no longer in the cart.`);
  };
  return (
    <li class="line" aria-busy={pending !== null}>
      <Picture image={variant?.image ?? product?.featuredImage ?? null} text="" />
      <div class="line-text">
        <p class="line-title">
          {product?.listed !== true ? (
            title
          ) : (
            <Link href={productAddress(product.handle)} onFollow={close}>
              {title}
            </Link>
          )}
        </p>
        <LineDetails line={line} text={text} />
        <div class="line-actions">
          <Quantity
            id={`quantity-${line.lineId ?? line.reference}`}
            of={line.name}
            value={pending ?? line.quantity}
            onChange={(quantity) => void change(quantity)}
          />
          <button type="button" class="link" onClick={() => void change(0)}>
            Remove
            <HiddenText>{` ${line.name}`}</HiddenText>
          </button>
        </div>
        <ProblemText text={problem ?? (variant === null ? null : describeShortage(pending ?? line.quantity, variant))} />
      </div>
      {text !== undefined && (
        <p class="line-price">
          {text.struck !== null && (
            <s>
              <HiddenText>before: </HiddenText>
              {text.struck}
            </s>
          )}
          <span>{text.text}</span>
        </p>
      )}
    </li>
  );
}

function LineDetails({ line, text }: Pick<CartLineProps, "line" | "text">) {
  const { variant, attributes, components } = line;
  const options = variant?.selectedOptions.map(({ value }) => value).join(" / ") ?? "";
  const availability = describeAvailability({ availableForSale: true, shipsInDays: variant?.shipsInDays ?? null });
  const details = [
    options,
    components.length === 0 ? (text?.detail ?? "") : "",
    ...attributes.map(({ key, value }) => `${key}: ${value}`),
    availability ?? "",
  ].filter((detail) => detail !== "");
  return (
    <>
      {details.length > 0 && (
        <ul class="line-details">
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      <PartLines parts={components} />
    </>
  );
}
