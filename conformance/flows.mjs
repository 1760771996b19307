// What shops do, with each of the clients they use: a quote, a purchase by one click, a gift.

import { randomUUID } from "node:crypto";

import { devices } from "./devices.mjs";
import { mailTo } from "./outbox.mjs";
import { Suite, assert } from "./suite.mjs";

const QUOTE = `query Quote($input: QuoteInput!) {
  quote(input: $input) {
    quote { total { net { amount } tax { amount } gross { amount currency minorUnits } } taxState }
    userErrors { code field message }
  }
}`;

async function quote(device) {
  const input = {
    currency: "USD",
    items: [
      { unitPrice: "19.99", quantity: 2, taxRates: [{ name: "Sales tax", ratePercent: "8.25" }] },
    ],
  };
  const { quote: priced } = await device.ask(QUOTE, { input });
  assert.deepEqual(priced.userErrors, []);
  assert.equal(priced.quote.total.net.amount, "39.98");
  assert.equal(priced.quote.total.tax.amount, "3.30");
  const { amount, currency, minorUnits } = priced.quote.total.gross;
  assert.deepEqual([amount, currency, minorUnits], ["43.28", "USD", 4328]);

  const wrong = await device.ask(QUOTE, { input: { ...input, currency: "ZZZ" } });
  assert.equal(wrong.quote.quote, null);
  assert.deepEqual(wrong.quote.userErrors[0].field, ["input", "currency"]);
}

const SIGN_IN_REQUEST = `mutation ($input: SignInRequestInput!) {
  signInRequest(input: $input) { userErrors { code message } }
}`;
const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) { purchaser { id email } token userErrors { code message } }
}`;
const ADDRESS_SAVE = `mutation ($input: AddressSaveInput!) {
  addressSave(input: $input) { address { id } userErrors { code field message } }
}`;
const METHOD_SAVE = `mutation ($input: PaymentMethodSaveInput!) {
  paymentMethodSave(input: $input) { paymentMethod { id hint } userErrors { code message } }
}`;

// Somebody new, signed in by the code of a mail, with an address and a payment method.
async function signedIn(device, { outbox }) {
  const email = `${randomUUID()}@example.com`;
  const asked = await device.ask(SIGN_IN_REQUEST, { input: { email } });
  assert.deepEqual(asked.signInRequest.userErrors, []);
  const [, body] = (await mailTo(email, outbox)).split(/\r?\n\r?\n(.*)/s);
  const [code] = body.match(/\b[0-9]{6}\b/);
  const before = device.identifier;
  const { signIn } = await device.ask(SIGN_IN, { input: { email, code } });
  assert.deepEqual([signIn.userErrors, signIn.purchaser.email], [[], email]);
  assert.notEqual(device.identifier, before);
  device.token = signIn.token;
  return { email, ...(await details(device)) };
}

async function details(device) {
  const address = {
    name: "Emma Woodhouse",
    country: "US",
    region: "CA",
    city: "Mountain View",
    postalCode: "94043",
    lines: ["1600 Amphitheatre Parkway"],
  };
  const saved = await device.ask(ADDRESS_SAVE, { input: { label: "home", address } });
  assert.deepEqual(saved.addressSave.userErrors, []);
  const kept = await device.ask(METHOD_SAVE, { input: { providerToken: "sim_ok" } });
  assert.deepEqual(kept.paymentMethodSave.userErrors, []);
  const paymentMethodId = kept.paymentMethodSave.paymentMethod.id;
  return { address, addressId: saved.addressSave.address.id, paymentMethodId };
}

const ENABLE = `mutation ($input: OneClickEnableInput!) {
  oneClickEnable(input: $input) { enabled missing userErrors { code message } }
}`;
const SHELF = `query {
  products(first: 1) { nodes { id title variants { id price { minorUnits } oneClick { state } } } }
}`;
const ONE_CLICK = `mutation ($input: OneClickPurchaseInput!) {
  oneClickPurchase(input: $input) {
    __typename
    ... on OrderPlaced { order { id number status total { gross { minorUnits } } } undoUntil }
  }
}`;
const OPEN = `query { viewer { purchaser { email } openOrders { id status } } }`;
const CANCEL = `mutation ($input: OrderCancelInput!) {
  orderCancel(input: $input) { order { id status } userErrors { code message } }
}`;

async function purchase(device, server) {
  const { email, addressId, paymentMethodId } = await signedIn(device, server);
  const { oneClickEnable } = await device.ask(ENABLE, { input: { addressId, paymentMethodId } });
  assert.equal(oneClickEnable.enabled, true);
  const [variant] = (await device.ask(SHELF)).products.nodes[0].variants;
  assert.equal(variant.oneClick.state, "READY");

  const earlier = await charges(server);
  const input = { variantId: variant.id, quantity: 2, idempotencyKey: randomUUID() };
  const first = (await device.ask(ONE_CLICK, { input })).oneClickPurchase;
  assert.equal(first.__typename, "OrderPlaced");
  const again = (await device.ask(ONE_CLICK, { input })).oneClickPurchase;
  assert.equal(again.order.id, first.order.id);
  const taken = await since(earlier, server);
  const total = first.order.total.gross.minorUnits;
  assert.deepEqual(taken, [{ amountMinor: total, status: "HELD" }]);

  const { viewer } = await device.ask(OPEN);
  const { id } = first.order;
  assert.equal(viewer.purchaser.email, email);
  assert.deepEqual(plain(viewer.openOrders), [{ id, status: "OPEN" }]);

  const { orderCancel } = await device.ask(CANCEL, { input: { orderId: id } });
  assert.deepEqual([orderCancel.userErrors, orderCancel.order.status], [[], "CANCELLED"]);
  await becomes(async () => (await since(earlier, server))[0].status, "RELEASED");
}

const GIVE = `mutation ($input: GiftCreateInput!) {
  giftCreate(input: $input) {
    gifts { id trackingNumber status charges { state payment } }
    userErrors { code field message }
  }
}`;
const FOLLOW = `subscription ($giftId: ID!) {
  giftUpdates(giftId: $giftId) { id sequence type status gift { id trackingNumber } }
}`;
const CLAIM = `query ($token: String!) { giftClaim(token: $token) { status from message itemTitle } }`;
const ACCEPT = `mutation ($input: GiftAcceptInput!) {
  giftAccept(input: $input) { claim { status } userErrors { code field message } }
}`;
const GIFT = `query ($id: ID!) {
  gift(id: $id) {
    status
    charges { state low { minorUnits } high { minorUnits } final { minorUnits } payment }
    events(first: 20) { nodes { sequence type } }
  }
}`;
const TAKE_BACK = `mutation ($input: GiftCancelInput!) {
  giftCancel(input: $input) { gift { status } userErrors { code message } }
}`;

async function gift(device, server) {
  const { address } = await signedIn(device, server);
  const [variant] = (await device.ask(SHELF)).products.nodes[0].variants;
  const email = `${randomUUID()}@example.com`;
  const recipients = [{ name: "Robin Friend", email }];
  const input = { variantId: variant.id, recipients, message: "For you.", idempotencyKey: randomUUID() };
  const { giftCreate } = await device.ask(GIVE, { input });
  assert.deepEqual(giftCreate.userErrors, []);
  const [{ id, trackingNumber }] = giftCreate.gifts;

  const following = device.follow(FOLLOW, { giftId: id });
  await following.until(({ giftUpdates }) => giftUpdates.status === "AWAITING_RECIPIENT");
  const [, token] = (await mailTo(email, server.outbox)).match(/\/gift#([\w-]+)/);
  const recipient = new device.constructor(server);
  const { giftClaim } = await recipient.ask(CLAIM, { token }, { secret: true });
  assert.equal(giftClaim.message, "For you.");
  const accepted = await recipient.ask(ACCEPT, { input: { token, address } });
  assert.deepEqual(accepted.giftAccept.userErrors, []);

  await following.until(({ giftUpdates }) => giftUpdates.status === "RESOLVED");
  const resolved = (await device.ask(GIFT, { id })).gift;
  assert.equal(resolved.charges.state, "FINAL");
  const { low, high, final } = resolved.charges;
  assert.ok(low.minorUnits <= final.minorUnits && final.minorUnits <= high.minorUnits);

  const { giftCancel } = await device.ask(TAKE_BACK, { input: { giftId: id } });
  assert.deepEqual([giftCancel.userErrors, giftCancel.gift.status], [[], "CANCELLED"]);
  const seen = await following.until(({ giftUpdates }) => giftUpdates.status === "CANCELLED");
  await following.end();
  const told = seen.map(({ giftUpdates }) => giftUpdates);
  assert.ok(told.every((event) => event.gift.trackingNumber === trackingNumber));
  const { events } = (await device.ask(GIFT, { id })).gift;
  const later = events.nodes.filter(({ sequence }) => sequence >= told[0].sequence);
  assert.deepEqual(
    told.map(({ sequence, type }) => ({ sequence, type })),
    later.map(({ sequence, type }) => ({ sequence, type })),
  );
}

// Without what a client adds for its cache.
const plain = (orders) => orders.map(({ id, status }) => ({ id, status }));

async function charges({ origin }) {
  return (await fetch(`${origin}/sim/charges`)).json();
}

async function since(earlier, server) {
  const known = new Set(earlier.map(({ id }) => id));
  const fresh = (await charges(server)).filter(({ id }) => !known.has(id));
  return fresh.map(({ amountMinor, status }) => ({ amountMinor, status }));
}

// Waits until `found` is as wanted; the check's own time ends it otherwise.
async function becomes(found, wanted) {
  while ((await found()) !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
}

const FLOWS = {
  "a quote, and one that is refused": quote,
  "a sign-in by mail, a purchase by one click, and its cancelling": purchase,
  "a gift, followed from the first message to its end": gift,
};

export function flowsOf(server) {
  const suite = new Suite("flows");
  for (const [name, Device] of Object.entries(devices)) {
    for (const [title, run] of Object.entries(FLOWS)) {
      suite.check(`${name}: ${title}`, () => run(new Device(server), server), 60_000);
    }
  }
  return suite;
}
