import { describe, expect, it } from "vitest";
import type { GiftStatus } from "../src/generated/operations";
import { parseRetryAfter } from "../src/shared/server";
import { parseToken } from "../src/shared/token";
import { canThank, claimDisplay, type Claim } from "../src/gift/wording";
import { describeFailure } from "../src/shared/wording";

const buildClaim = (status: GiftStatus, canAccept: boolean, from: string | null = "Anna"): Claim => ({
  status,
  from,
  message: null,
  itemTitle: "Tea",
  expiresAt: null,
  canAccept,
  canDecline: canAccept,
  canExchange: false,
  trackingUrl: null,
  exchangeOptions: [],
});

describe("the display of a claim", () => {
  it.each<[GiftStatus, string, boolean]>([
    ["SCREENING", "Thank you, we have your answer", true],
    ["AWAITING_RECIPIENT", "Thank you, we have your answer", true],
    ["SEARCHING", "Thank you, we have your answer", true],
    ["VERIFYING", "Thank you, we have your answer", true],
    ["AWAITING_GIVER", "Thank you, we have your answer", true],
    ["RESOLVED", "Your gift is being prepared", true],
    ["DISPATCHED", "Your gift is on its way", true],
    ["DELIVERED", "Your gift has been delivered", true],
    ["DECLINED", "You declined this gift", false],
    ["CANCELLED", "This gift was withdrawn", false],
    ["UNDELIVERABLE", "This gift has expired", false],
  ])("of a %s gift past accepting: %s", (status, title, thankable) => {
    expect(claimDisplay(buildClaim(status, false)).title).toBe(title);
    expect(canThank(buildClaim(status, false))).toBe(thankable);
  });

  it("invites while the gift can be accepted", () => {
    expect(claimDisplay(buildClaim("SEARCHING", true)).title).toBe("Anna sent you a gift");
    expect(claimDisplay(buildClaim("AWAITING_RECIPIENT", true, null)).title).toBe("Someone sent you a gift");
    expect(canThank(buildClaim("AWAITING_RECIPIENT", true))).toBe(false);
  });
});

describe("failures", () => {
  it("say how long to wait", () => {
    expect(describeFailure({ kind: "rateLimited", seconds: 30 })).toContain("Wait 30 seconds");
    expect(describeFailure({ kind: "rateLimited", seconds: 100 })).toContain("Wait 2 minutes");
    expect(["7", "soon", "0", null].map(parseRetryAfter)).toEqual([7, 60, 60, 60]);
  });
});

describe("tokens", () => {
  it.each([
    ["#" + "a-Z_9".repeat(9), "a-Z_9".repeat(9)],
    ["", null],
    ["#short", null],
    ["#" + "a".repeat(300), null],
    ["#<b>" + "a".repeat(40), null],
  ])("in %s", (fragment, token) => {
    expect(parseToken(fragment)).toBe(token);
  });
});
