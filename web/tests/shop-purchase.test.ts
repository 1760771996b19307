import { describe, expect, test } from "vitest";
import type { PurchaseResultFragment } from "../src/generated/shop";
import { parsePending } from "../src/shop/one_click/pending";
import { guardsOf, isUndoable, repeatsLastRequest, stateAfter, type PurchaseState } from "../src/shop/one_click/purchase";

const MONEY = { amount: "21.25", formatted: "$21.25" };
const ERROR = { code: "INVALID_INPUT", field: ["input", "quantity"], message: "Quantity is too much.", confirmable: false } as const;

/** Every member of the union, and the state that it leads to. */
const OUTCOMES: readonly (readonly [PurchaseResultFragment, PurchaseState])[] = [
  [
    {
      __typename: "OrderPlaced",
      order: { id: "ord_1", number: "1042", status: "OPEN", total: { gross: MONEY } },
      mergedInto: { id: "ord_1" },
      undoUntil: "2026-11-27T12:00:00Z",
      lineId: "orl_1",
    },
    {
      kind: "placed",
      order: { id: "ord_1", number: "1042", lineId: "orl_1", undoUntil: "2026-11-27T12:00:00Z" },
      isJoined: true,
    },
  ],
  [
    { __typename: "PaymentActionRequired", redirectUrl: "https://bank.example/", expiresAt: "2026-11-27T12:00:00Z", reason: "Confirm." },
    { kind: "confirmation", redirectUrl: "https://bank.example/", reason: "Confirm." },
  ],
  [{ __typename: "PaymentDeclined", reason: "Declined." }, { kind: "refused", reason: "Declined." }],
  [
    { __typename: "PriceChanged", expected: MONEY, actual: { amount: "22.00", formatted: "$22.00" }, of: "TOTAL", reason: "Dearer." },
    { kind: "priceChanged", expected: "$21.25", actual: "$22.00", reason: "Dearer." },
  ],
  [{ __typename: "OutOfStock", reason: "Sold out." }, { kind: "refused", reason: "Sold out." }],
  [{ __typename: "AddressInsufficient", userErrors: [ERROR] }, { kind: "addressWrong", userErrors: [ERROR] }],
  [{ __typename: "SignInRequired", reason: "Sign in." }, { kind: "signIn", isKnown: false, reason: "Sign in." }],
  [{ __typename: "ReauthenticationRequired", reason: "Again." }, { kind: "signIn", isKnown: true, reason: "Again." }],
  [{ __typename: "IdempotencyConflict", reason: "Another." }, { kind: "refused", reason: "Another." }],
  [{ __typename: "PurchaseInProgress", pollAfter: 500, reason: "Wait." }, { kind: "inProgress", pollAfterMs: 500, reason: "Wait." }],
  [{ __typename: "LimitExceeded", reason: "Too much." }, { kind: "refused", reason: "Too much." }],
  [{ __typename: "InvalidPurchase", userErrors: [ERROR] }, { kind: "refused", reason: "Quantity is too much." }],
];

describe("a purchase", () => {
  test.each(OUTCOMES)("goes on after %s", (outcome, state) => {
    expect(stateAfter(outcome)).toEqual(state);
  });

  test("is sent again under its key only where it is not known what became of it", () => {
    const kinds = ["idle", "sending", "inProgress", "lost", "placed", "confirmation", "priceChanged", "refused"] as const;
    const repeated = kinds.filter((kind) => repeatsLastRequest({ kind } as PurchaseState));
    expect(repeated).toEqual(["inProgress", "lost", "confirmation"]);
  });

  test("always says what was shown", () => {
    expect(guardsOf(MONEY, { amount: "0.00" })).toEqual({ expectedTotal: "21.25", expectedDue: "0.00" });
    expect(guardsOf(MONEY, null)).toEqual({ expectedTotal: "21.25", expectedDue: "21.25" });
    expect(guardsOf(null, null)).toBeNull();
  });

  test("can be undone until its time is over", () => {
    const order = { id: "ord_1", number: "1042", lineId: "orl_1", undoUntil: "2026-11-27T12:00:00Z" };
    expect(isUndoable(order, Date.parse("2026-11-27T11:59:59Z"))).toBe(true);
    expect(isUndoable(order, Date.parse("2026-11-27T12:00:00Z"))).toBe(false);
    expect(isUndoable({ ...order, lineId: null }, 0)).toBe(false);
    expect(isUndoable({ ...order, undoUntil: null }, 0)).toBe(false);
  });

  test("is found again after the bank's page, and nothing else is", () => {
    const pending = { idempotencyKey: "key", subject: "var_1", redirectUrl: "https://bank.example/", page: "/shop/checkout" };
    expect(parsePending(JSON.stringify(pending))).toEqual(pending);
    for (const text of [null, "", "null", "[]", '{"idempotencyKey": 1}', "{"]) expect(parsePending(text)).toBeNull();
  });
});
