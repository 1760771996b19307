import { describe, expect, test } from "vitest";
import { keepBearer, readBearer, type BearerStorage } from "../src/shop/account/bearer";
import { emailError } from "../src/shop/account/email";
import { paymentMethodLine } from "../src/shop/account/payment-method-line";
import { confirmationUrl, paymentEntry } from "../src/shop/account/paymentEntry";
import { currentStep, newAddressLabel, stepTitle } from "../src/shop/account/steps";

function memoryStorage(): BearerStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => { values.set(key, value); },
    removeItem: (key) => { values.delete(key); },
  };
}

function refuseStorage(): BearerStorage {
  throw new DOMException("denied", "SecurityError");
}

describe("the bearer", () => {
  test("outlives a reload, and ends with signing out", () => {
    const storage = memoryStorage();
    keepBearer("bearer-1", () => storage);
    expect(readBearer(() => storage)).toBe("bearer-1");
    keepBearer(null, () => storage);
    expect(readBearer(() => storage)).toBeNull();
  });

  test("is not kept where the browser refuses storage, and nothing breaks", () => {
    keepBearer("bearer-1", refuseStorage);
    keepBearer(null, refuseStorage);
    expect(readBearer(refuseStorage)).toBeNull();
  });
});

describe("the short path", () => {
  const nothing = { isSignedIn: false, mustSignInAgain: false, hasAddress: false };

  test("skips what is done", () => {
    expect(currentStep("oneClick", nothing)).toBe("signIn");
    expect(currentStep("oneClick", { ...nothing, isSignedIn: true })).toBe("address");
    expect(currentStep("oneClick", { ...nothing, isSignedIn: true, hasAddress: true })).toBe("payment");
  });

  test("begins anew with signing in where that was too long ago", () => {
    const progress = { isSignedIn: true, mustSignInAgain: true, hasAddress: true };
    expect(currentStep("oneClick", progress)).toBe("signIn");
  });

  test("ends with the sign-in where nothing else is wanted", () => {
    expect(currentStep("signIn", nothing)).toBe("signIn");
    expect(currentStep("signIn", { ...nothing, isSignedIn: true })).toBeNull();
  });

  test("says how far it is", () => {
    expect(stepTitle("oneClick", "address")).toBe("Step 2 of 3");
    expect(stepTitle("signIn", "signIn")).toBe("");
  });

  test("proposes a label that is free", () => {
    expect(newAddressLabel([])).toBe("Home");
    expect(newAddressLabel(["home"])).toBe("Work");
    expect(newAddressLabel(["Home", "work"])).toBe("Address 3");
    expect(newAddressLabel(["Home", "Work", "Address 3"])).toBe("Address 4");
  });
});

describe("an e-mail address", () => {
  test("is looked at before it is sent", () => {
    expect(emailError("sam@example.com")).toBeNull();
    expect(emailError(" ")).toBe("E-mail address is missing.");
    expect(emailError("sam@example")).toBe("That is not an e-mail address, such as sam@example.com.");
  });
});

describe("ways to pay", () => {
  test("are a choice with the simulated provider alone", () => {
    const entry = paymentEntry("sim");
    expect(entry.kind === "simulated" && entry.methods.map(({ token }) => token)).toEqual([
      "sim_ok",
      "sim_3ds",
      "sim_declined",
      "sim_insufficient",
      "sim_timeout",
    ]);
    expect(paymentEntry("stripe")).toEqual({ kind: "page" });
    expect(paymentEntry("another")).toEqual({ kind: "unknown" });
  });

  test("lead to the provider's page and back", () => {
    expect(confirmationUrl("https://bank.example/3ds/1?a=b", "/shop/checkout")).toBe(
      "https://bank.example/3ds/1?a=b&return=%2Fshop%2Fcheckout",
    );
    expect(confirmationUrl("javascript:alert(1)", "/shop")).toBeNull();
    expect(confirmationUrl(null, "/shop")).toBeNull();
  });
});

test.each([
  ["4242", "visa", "Visa ending in 4242"],
  ["0005", "amex", "American Express ending in 0005"],
  ["4242", null, "Card ending in 4242"],
  ["4242", "unknown", "Card ending in 4242"],
  ["Household", "mastercard", "Household (Mastercard)"],
  ["Household", null, "Household"],
  ["", "link", "Link"],
  ["", null, "Saved way to pay"],
])("a way to pay that is called %j, of the brand %j, is shown as %j", (hint, brand, line) => {
  expect(paymentMethodLine({ hint, brand })).toBe(line);
});
